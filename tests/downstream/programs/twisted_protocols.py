"""Twisted: a line protocol over TCP and over a Unix socket, datagrams, a web server and its agent."""

import io

from twisted.internet import defer, endpoints, protocol, task
from twisted.internet.error import ConnectError
from twisted.protocols.basic import LineReceiver
from twisted.web import client, resource, server


class Count(LineReceiver):
    """Answers each line with its length."""

    def lineReceived(self, line):
        self.sendLine(b"%d" % len(line))


class Ask(LineReceiver):
    """Sends lines, and collects as many answers."""

    def __init__(self, lines):
        self.lines, self.answers, self.done = lines, [], defer.Deferred()

    def connectionMade(self):
        for line in self.lines:
            self.sendLine(line)

    def lineReceived(self, line):
        self.answers.append(line)
        if len(self.answers) == len(self.lines):
            self.transport.loseConnection()

    def connectionLost(self, reason):
        self.done.callback(reason.type.__name__)


class Datagrams(protocol.DatagramProtocol):
    def __init__(self):
        self.arrived = defer.Deferred()

    def datagramReceived(self, data, address):
        if data == b"question":
            self.transport.write(b"answer", address)
        else:
            self.arrived.callback(data)


class Body(protocol.Protocol):
    """Collects what a web server answers."""

    def __init__(self):
        self.parts, self.done = [], defer.Deferred()

    def dataReceived(self, data):
        self.parts.append(data)

    def connectionLost(self, reason):
        self.done.callback(b"".join(self.parts))


class Page(resource.Resource):
    isLeaf = True

    def render_POST(self, request):
        return b"%d bytes" % len(request.content.read())


@defer.inlineCallbacks
def main(reactor):
    factory = protocol.Factory.forProtocol(Count)
    tcp = yield endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(factory)
    unix = yield endpoints.UNIXServerEndpoint(reactor, "count.sock").listen(factory)
    by_port = endpoints.TCP4ClientEndpoint(reactor, "127.0.0.1", tcp.getHost().port)
    for endpoint in (
        by_port,
        endpoints.UNIXClientEndpoint(reactor, "count.sock"),
    ):
        ask = Ask([b"x" * size for size in (0, 1, 10, 10000)])
        yield endpoints.connectProtocol(endpoint, ask)
        reason = yield ask.done
        print(ask.answers, reason)
    yield tcp.stopListening()
    yield unix.stopListening()
    try:
        yield endpoints.connectProtocol(by_port, Ask([]))
    except ConnectError as error:
        print(type(error).__name__)

    one, other = Datagrams(), Datagrams()
    ports = [reactor.listenUDP(0, each, interface="127.0.0.1") for each in (one, other)]
    other.transport.write(b"question", ("127.0.0.1", ports[0].getHost().port))
    print((yield other.arrived))
    for port in ports:
        yield port.stopListening()

    site = yield endpoints.TCP4ServerEndpoint(reactor, 0, interface="127.0.0.1").listen(server.Site(Page()))
    agent = client.Agent(reactor, pool=client.HTTPConnectionPool(reactor, persistent=False))
    body = client.FileBodyProducer(io.BytesIO(b"x" * 300_000))
    answer = yield agent.request(b"POST", b"http://127.0.0.1:%d/" % site.getHost().port, bodyProducer=body)
    answer.deliverBody(text := Body())
    print(answer.code, (yield text.done))
    yield site.stopListening()


task.react(lambda reactor: main(reactor).addTimeout(40, reactor))
