//! The requests that the specification forbids, over the wire: none of them is served.

use ferrosock_server::{Request, Response};

use crate::client::{quick, serve_with};

#[allow(dead_code, reason = "only its lists are wanted here")]
#[path = "../../../ferrosock-proto/tests/http1_corpus.rs"]
mod http1_corpus;

#[test]
fn what_must_be_rejected_is() {
    let builder = ferrosock_server::Server::builder().timeouts(quick());
    let served = serve_with(builder, |_: Request| Response::text("served"));
    let mut count = 0;
    for (section, requests) in http1_corpus::REJECTED {
        for request in *requests {
            let mut client = served.connect();
            client.send(request);
            client.0.shutdown(std::net::Shutdown::Write).unwrap();
            let said = String::from_utf8(client.rest()).unwrap();
            assert!(!said.contains("served"), "{section}: {request:?}");
            assert!(
                said.starts_with("HTTP/1.1 4") || said.starts_with("HTTP/1.1 5"),
                "{section}: {request:?}"
            );
            assert_eq!(said.matches("HTTP/1.1 ").count(), 1, "{section}: {request:?}");
            count += 1;
        }
    }
    assert!(count > 60, "{count}");
    assert_eq!(served.errors(), [""; 0]);
}
