//! What a request that nothing speaks against is answered with.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::path::PathBuf;

use ferrosock_proto::http1::RequestHead;

use super::draft::Kept;
use super::entries::{self, View};
use super::page::{self, Offers};
use super::rules::{accepts, prefers_json};
use super::upload::{self, Stored};
use super::workers::Workers;
use super::{Folder, Shared, archive, text};
use crate::files::path::{Named, name as name_of};
use crate::files::{Found, location, status_of};
use crate::handler::Reply;
use crate::request::{Request, RequestBody, split_target};
use crate::responder::Responder;
use crate::response::{Content, Response};

impl Folder {
    pub(super) fn give(&self, request: Request) -> Reply {
        let shared = &self.shared;
        let fields = &request.head.fields;
        let Some(named) = name_of(request.path(), shared.files.hidden) else {
            return shared.failure(&request.head, 404, "There is no such place.").into();
        };
        let mut stands_in = false;
        let found = match shared.files.look(&request, &named) {
            Err(error) if status_of(&error) == 404 && shared.single_page && is_page(&request, &named) => {
                stands_in = true;
                let root = Named { path: PathBuf::new(), is_folder: true };
                shared.files.look(&request, &root)
            }
            found => found,
        };
        let zip = shared.archives && !stands_in && has_word(request.query(), b"zip");
        match found {
            Ok(Found::Folder(_) | Found::Answer(_)) if zip && named.is_folder => {
                self.give_archive(request, named)
            }
            Ok(Found::Folder(folder)) if shared.list && !shared.single_page => {
                self.give_listing(request, named, folder)
            }
            Ok(Found::Folder(_)) => shared.failure(&request.head, 404, "This folder is not listed.").into(),
            Ok(Found::Answer(mut response)) => {
                if stands_in {
                    response.put(b"Vary", b"Accept"); // who takes no pages gets 404
                }
                shared.finished(fields, shared.guarded(response)).into()
            }
            Err(error) => {
                let status = status_of(&error);
                let detail = match status {
                    403 => "The server may not read this.",
                    404 => "There is no such file or folder.",
                    _ => "The server cannot read this now.",
                };
                shared.failure(&request.head, status, detail).into()
            }
        }
    }

    fn give_listing(&self, request: Request, named: Named, folder: File) -> Reply {
        self.later(&self.shared.listers, request, move |shared, request, responder| {
            let head = &request.head;
            let Ok((mut all, truncated)) = entries::read(&shared.files, &folder, &named.path) else {
                return responder.send(shared.failure(head, 500, "The server cannot read this folder now."));
            };
            let view = View::of(request.query());
            view.arrange(&mut all);
            let response = if prefers_json(&head.fields) {
                page::json(&named.path, &all, truncated)
            } else {
                let offers = Offers {
                    archives: shared.archives,
                    uploads: shared.uploads.map(|uploads| (uploads.overwrite, uploads.most)),
                };
                shared.scene(head, &named.path).listing(&all, truncated, &view, &offers)
            };
            let response = shared.listings.hold(response).map(|held| shared.finished(&head.fields, held));
            responder.send(response.unwrap_or_else(|| shared.crowded(head)));
        })
    }

    fn give_archive(&self, request: Request, named: Named) -> Reply {
        let shared = &self.shared;
        let name = named.path.file_name().map_or_else(|| OsString::from(&shared.name), OsStr::to_owned);
        let name = if name == "/" { "folder".into() } else { name };
        let mut response = Response::new(200);
        response.put(b"Content-Type", b"application/zip");
        response.put(b"Content-Disposition", &attachment(&name.to_string_lossy()));
        response.put(b"Cache-Control", b"no-store");
        let response = shared.finished(&request.head.fields, response);
        if request.method() == "HEAD" {
            // Of unknown length, as the archive is.
            let nothing = std::iter::empty::<std::io::Result<Vec<u8>>>();
            return response.with_content(Content::Chunks(Box::new(nothing))).into();
        }
        self.later(&shared.movers, request, move |shared, _, responder| {
            let mut writer = responder.start(response);
            // Dropped before its end, the writer tells the client, and the error log, that something is missing.
            match archive::write(&shared.files, &named.path, &name, &mut writer) {
                Ok(()) => writer.finish(),
                Err(_) => drop(writer),
            }
        })
    }

    pub(super) fn take(&self, request: Request, mut body: RequestBody) -> Reply {
        self.later(&self.shared.movers, request, move |shared, request, responder| {
            let head = &request.head;
            responder.send(shared.stored(head, &mut body));
        })
    }

    /// Does something in another thread, if there is room for it.
    fn later(
        &self,
        workers: &Workers,
        request: Request,
        job: impl FnOnce(&Shared, &Request, Responder) + Send + 'static,
    ) -> Reply {
        let Some(place) = workers.place() else {
            return self.shared.crowded(&request.head).into();
        };
        let (responder, later) = request.defer();
        let shared = self.shared.clone();
        place.run(move || job(&shared, &request, responder));
        later
    }
}

impl Shared {
    /// Says that there is no room for another request of this kind.
    fn crowded(&self, head: &RequestHead) -> Response {
        let mut response = self.failure(head, 503, "The server has too much to do.");
        response.put(b"Retry-After", b"1");
        response
    }

    /// Stores an upload, and says what came of it.
    fn stored(&self, head: &RequestHead, body: &mut RequestBody) -> Response {
        let uploads = self.uploads.unwrap_or_default();
        let mut stored = Vec::new();
        let done = upload::check(&self.files, head).and_then(|named| match head.method.as_str() {
            "PUT" => {
                stored.push(upload::put(&self.files, uploads, &named, head, body)?);
                Ok(())
            }
            _ => upload::form(&self.files, uploads, &named, head, body, &mut stored),
        });
        if let Err(refused) = done {
            return self.refused(head, &refused, &stored);
        }
        let replaced = stored.iter().all(|each| each.kept == Kept::Replaced);
        let json = prefers_json(&head.fields);
        let path = location(split_target(&head.target).0);
        let mut response = if json {
            page::json_of(if replaced { 200 } else { 201 }, outcome(None, &stored))
        } else if head.method == "POST" {
            // So that a reload of the page sends nothing again.
            let mut response = Response::plain(303);
            response.put(b"Location", &path);
            response
        } else if replaced {
            Response::new(204)
        } else {
            Response::plain(201)
        };
        if head.method == "PUT" && response.status() == 201 {
            response.put(b"Location", &path);
        }
        self.finished(&head.fields, response)
    }
}

/// What became of an upload, as JSON: `error`, a sentence or null, and `stored`, files with `name`, `size` and `replaced`.
pub(super) fn outcome(error: Option<&str>, stored: &[Stored]) -> String {
    let mut out = String::from("{\"error\":");
    match error {
        Some(error) => text::json(error, &mut out),
        None => out.push_str("null"),
    }
    out.push_str(",\"stored\":[");
    for (index, each) in stored.iter().enumerate() {
        out.push_str(if index == 0 { "{\"name\":" } else { ",{\"name\":" });
        text::json(&String::from_utf8_lossy(&each.name), &mut out);
        let replaced = each.kept == Kept::Replaced;
        out.push_str(&format!(",\"size\":{},\"replaced\":{replaced}}}", each.size));
    }
    out.push_str("]}\n");
    out
}

/// Whether a request that found nothing is one for a page.
fn is_page(request: &Request, named: &Named) -> bool {
    let last = named.path.file_name().unwrap_or_default().to_string_lossy();
    accepts(&request.head.fields, b"text/html") && !last.contains('.')
}

fn has_word(query: Option<&[u8]>, word: &[u8]) -> bool {
    query.is_some_and(|query| {
        query
            .split(|byte| *byte == b'&')
            .any(|part| part.strip_prefix(word).is_some_and(|rest| rest.is_empty() || rest == b"="))
    })
}

/// `Content-Disposition` for an archive (RFC 6266): the name in UTF-8, and for old clients in ASCII.
fn attachment(name: &str) -> Vec<u8> {
    let plain: String = name
        .chars()
        .map(|char| if char.is_ascii_graphic() && !"\"\\%".contains(char) { char } else { '_' })
        .collect();
    let mut encoded = String::new();
    text::url(name.as_bytes(), &mut encoded);
    format!("attachment; filename=\"{plain}.zip\"; filename*=UTF-8''{encoded}.zip").into_bytes()
}
