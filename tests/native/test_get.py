"""The command `ferrosock get`: to standard output and to files, what is missing of a file, and one sentence where it
fails."""

from __future__ import annotations

import argparse
import errno
import io
import json
import os
import signal
import stat
import subprocess
import sys
import threading
import time

import pytest

from ferrosock import get as command
from ferrosock._get_name import remote_name
from ferrosock._get_part import Target
from ferrosock._get_progress import Bar, amount, clock


@pytest.fixture
def get(tmp_path):
    """Return a function that runs the command in an empty folder."""

    def run(*arguments, stdin=b"", text=True):
        environment = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
        done = subprocess.run(
            [sys.executable, "-m", "ferrosock", "get", *arguments],
            input=stdin,
            capture_output=True,
            cwd=tmp_path,
            timeout=60,
            env=environment,
        )
        if text:
            done.stdout, done.stderr = done.stdout.decode(), done.stderr.decode()
        return done

    return run


def fields(head: bytes) -> dict[str, str]:
    lines = head.decode("latin-1").split("\r\n")[1:]
    return {name.lower(): value for name, _, value in (line.partition(": ") for line in lines if line)}


class TestOutput:
    def test_to_standard_output(self, get, scripted, reply):
        server = scripted(reply(b"\x00hello\xff"))
        done = get(server.url(), "-H", "X-A: b", "-H", "x-c:d", text=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, b"\x00hello\xff", b"")
        sent = fields(server.requests[0][0])
        assert (sent["x-a"], sent["x-c"]) == ("b", "d")
        for url in (server.url(), server.url("/?next=http://a/")):
            assert get(url.removeprefix("http://"), "-o", "-", text=False).returncode == 0

    def test_to_a_file(self, get, scripted, reply, tmp_path):
        server = scripted(reply(b"content", "200 OK", 'ETag: "1"'))
        done = get(server.url("/a"), "-o", "file")
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert (tmp_path / "file").read_bytes() == b"content"
        assert os.listdir(tmp_path) == ["file"]
        assert fields(server.requests[0][0])["accept-encoding"] == "identity"

    def test_what_has_not_changed_stays(self, get, scripted, reply, tmp_path):
        (tmp_path / "file").write_bytes(b"old")
        server = scripted(b'HTTP/1.1 304 Not Modified\r\nETag: "1"\r\n\r\n')
        done = get(server.url(), "-H", 'If-None-Match: "1"', "-o", "file")
        assert (done.returncode, "not modified" in done.stderr) == (0, True)
        assert (tmp_path / "file").read_bytes() == b"old" and os.listdir(tmp_path) == ["file"]

    def test_by_the_servers_name(self, get, scripted, reply, tmp_path):
        server = scripted(
            reply(b"1", "200 OK", 'Content-Disposition: attachment; filename="../../etc/evil"'), reply(b"2")
        )
        assert get(server.url(), "-O").returncode == 0
        assert (tmp_path / "evil").read_bytes() == b"1"
        (tmp_path / "sub").mkdir()
        assert get(server.url("/x/n%61me.txt?q"), "-o", "sub").returncode == 0
        assert (tmp_path / "sub" / "name.txt").read_bytes() == b"2"
        done = get(server.url("/evil"), "-O")
        assert (done.returncode, "exists already" in done.stderr) == (1, True)
        assert (tmp_path / "evil").read_bytes() == b"1"

    def test_heads(self, get, scripted, reply):
        server = scripted(reply(b"body", "200 OK", "X-A: b"))
        assert get("-i", server.url()).stdout == "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nX-A: b\r\n\r\nbody"
        server = scripted(b"HTTP/1.1 204 No\r\nX-A: b\r\n\r\n")
        assert get("--head", server.url()).stdout == "HTTP/1.1 204 No\r\nX-A: b\r\n\r\n"
        assert server.requests[0][0].startswith(b"HEAD ")

    def test_a_head_to_a_file(self, get, scripted, reply, tmp_path):
        (tmp_path / "keep").write_bytes(b"mine")
        url = scripted(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").url("/keep")
        head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"
        assert get("-I", "-O", url).stdout == head
        assert (tmp_path / "keep").read_bytes() == b"mine"
        assert get("-I", "-o", "keep", scripted(b"HTTP/1.1 404 No\r\n\r\n").url()).returncode == 5
        assert (tmp_path / "keep").read_bytes() == b"mine"
        assert get("-I", "-o", "keep", url).stdout == ""
        assert (tmp_path / "keep").read_bytes() == head.encode()
        assert os.listdir(tmp_path) == ["keep"]

    def test_a_progress_bar(self, get, scripted, reply):
        server = scripted(reply(b"x" * 1_500_000))
        done = get(server.url(), "-o", "file", "--progress")
        assert done.stderr.startswith("file [####")
        assert "100% 1.5 MB of 1.5 MB" in done.stderr
        assert "1.5 MB of 1.5 MB" in get(server.url(), "--progress").stderr

    def test_what_decodes_is_decoded_on_the_screen_only(self, get, scripted, reply, tmp_path):
        zstd = b"\x28\xb5\x2f\xfd\x20\x05\x29\x00\x00hello"
        server = scripted(reply(zstd, "200 OK", "Content-Encoding: zstd"))
        assert get(server.url()).stdout == "hello"
        get(server.url(), "-o", "file")
        assert (tmp_path / "file").read_bytes() == zstd


class TestBodies:
    def test_of_every_kind(self, get, scripted, reply, tmp_path):
        server = scripted(reply())
        (tmp_path / "file").write_bytes(b"\x00of a file")
        for arguments in [
            ("-d", "a=b"),
            ("--data", "@file", "-H", "Content-Type: x/y"),
            ("-d", "@-", "-X", "PUT"),
            ("--json", '{"a": [1]}'),
            ("-F", "a=b", "-F", "f=@file"),
        ]:
            assert get(server.url(), *arguments, stdin=b"of stdin").returncode == 0, arguments
        heads = [head for head, _ in server.requests]
        bodies = [body for _, body in server.requests]
        assert [head.split()[0] for head in heads] == [b"POST", b"POST", b"PUT", b"POST", b"POST"]
        kinds = [fields(head)["content-type"].partition(";")[0] for head in heads]
        form = "application/x-www-form-urlencoded"
        assert kinds == [form, "x/y", form, "application/json", "multipart/form-data"]
        assert bodies[:4] == [b"a=b", b"\x00of a file", b"of stdin", b'{"a":[1]}']
        assert b'name="a"\r\n\r\nb\r\n' in bodies[4]
        assert b'name="f"; filename="file"' in bodies[4]

    def test_that_are_none(self, get):
        for arguments, said in [
            (("--json", "{"), "no JSON"),
            (("-F", "a"), "NAME=TEXT"),
            (("-H", "a"), "NAME: VALUE"),
            (("-d", "@missing"), "cannot read 'missing': No such file"),
            (("-d", "a", "--json", "1"), "not allowed with"),
        ]:
            done = get("http://127.0.0.1:1/", *arguments)
            assert done.returncode in (1, 2)
            assert said in done.stderr
            assert done.stderr.count("\n") == 1


class TestFiles:
    def test_a_link_is_followed(self, get, scripted, reply, tmp_path):
        url = scripted(reply(b"new")).url()
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "old").write_bytes(b"old")
        for name in ("old", "missing"):
            (tmp_path / "link").unlink(missing_ok=True)
            (tmp_path / "link").symlink_to(f"sub/{name}")
            assert get(url, "-o", "link").returncode == 0
            assert (tmp_path / "link").is_symlink()
            assert (tmp_path / "sub" / name).read_bytes() == b"new"
        assert sorted(os.listdir(tmp_path)) == ["link", "sub"]
        (tmp_path / "loop").symlink_to("loop")
        done = get(url, "-o", "loop")
        assert (done.returncode, done.stderr.count("\n")) == (1, 1)
        assert (tmp_path / "loop").is_symlink()

    def test_a_fifo_is_written_into(self, get, scripted, reply, tmp_path):
        os.mkfifo(tmp_path / "fifo")
        reader = os.open(tmp_path / "fifo", os.O_RDONLY | os.O_NONBLOCK)
        try:
            assert get(scripted(reply(b"content")).url(), "-o", "fifo").returncode == 0
            assert os.read(reader, 100) == b"content"
        finally:
            os.close(reader)
        assert stat.S_ISFIFO(os.stat(tmp_path / "fifo").st_mode)
        assert os.listdir(tmp_path) == ["fifo"]

    def test_a_device_is_written_into(self, get, scripted, reply, tmp_path):
        try:
            os.mknod(tmp_path / "null", stat.S_IFCHR | 0o666, os.makedev(1, 3))
            (tmp_path / "null").write_bytes(b"")
        except OSError as error:
            pytest.skip(f"no device can be made here: {error}")
        assert get(scripted(reply(b"content")).url(), "-o", "null").returncode == 0
        assert stat.S_ISCHR(os.stat(tmp_path / "null").st_mode)
        assert os.listdir(tmp_path) == ["null"]

    def test_permissions_stay(self, get, scripted, reply, tmp_path):
        path = tmp_path / "file"
        path.write_bytes(b"secret")
        cut = reply(b"123456", "200 OK")[:-3]
        broken = scripted(lambda connection: connection.sendall(cut) or False).url()
        for mode in (0o640, 0o755):
            path.chmod(mode)
            assert get(broken, "-o", "file").returncode == 6
            assert stat.S_IMODE((tmp_path / "file.part").stat().st_mode) & ~mode == 0
            assert get(scripted(reply(b"new")).url(), "-o", "file").returncode == 0
            assert stat.S_IMODE(path.stat().st_mode) == mode

    @pytest.mark.parametrize("made", ["part", "note", "both", "link", "linked note", "noted link"])
    def test_bystanders_are_not_touched(self, get, scripted, reply, tmp_path, made):
        server = scripted(reply(b"new", "200 OK", 'ETag: "1"'))
        victim, part, note = tmp_path / "victim", tmp_path / "ev.part", tmp_path / "ev.part.json"
        victim.write_bytes(b"mine")
        ours = json.dumps({"url": server.url("/ev"), "validator": None, "length": None}).encode()
        if made in ("part", "both"):
            part.write_bytes(b"mine")
        if made in ("note", "both"):
            note.write_bytes(b'{"mine": 1}')
        if made in ("link", "noted link"):
            part.symlink_to("victim")
        if made == "noted link":
            note.write_bytes(ours)
        if made == "linked note":
            victim.write_bytes(ours)
            note.symlink_to("victim")

        def there():
            return {
                path.name: (path.is_symlink(), path.read_bytes()) for path in tmp_path.iterdir() if path.name != "ev"
            }

        before = there()
        for arguments in [("-o", "ev"), ("-c", "-o", "ev"), ("-o", "."), ("-O",)]:
            done = get(server.url("/ev"), *arguments)
            assert (done.returncode, done.stderr.count("\n"), "is in the way" in done.stderr) == (1, 1, True)
            assert there() == before
            assert not (tmp_path / "ev").exists()

    def test_a_file_that_is_full(self, get, scripted, reply, tmp_path):
        url = scripted(reply(b"x" * 5000)).url()
        command = [sys.executable, "-m", "ferrosock", "get"]
        for shell, said in [
            ('"$@" > /dev/full', "cannot write standard output: No space left on device"),
            ('"$@" -i > /dev/full', "cannot write standard output: No space left on device"),
            ('"$@" -o /dev/full', "cannot write '/dev/full': No space left on device"),
            ('ulimit -f 1; "$@" -o f', "cannot write 'f': File too large"),
            ('"$@" >&-', "cannot write standard output: it is closed"),
            ('"$@" -I >&-', "cannot write standard output: it is closed"),
        ]:
            done = subprocess.run(["bash", "-c", shell, "bash", *command, url], cwd=tmp_path, capture_output=True)
            assert (done.returncode, done.stderr.decode()) == (1, f"ferrosock get: {said}\n"), shell
        done = subprocess.run(["bash", "-c", '"$@" -o g >&- 2>&-', "bash", *command, url], cwd=tmp_path)
        assert (done.returncode, (tmp_path / "g").stat().st_size) == (0, 5000)


class TestResumption:
    CONTENT = bytes(range(256)) * 100

    def part(self, path, count, url, validator='"v1"', length=None):
        (path / "file.part").write_bytes(self.CONTENT[:count])
        (path / "file.part.json").write_text(json.dumps({"url": url, "validator": validator, "length": length}))

    def rest(self, begin, total=None, *fields):
        end = f"{begin}-{len(self.CONTENT) - 1}/{total or len(self.CONTENT)}"
        lines = [
            "HTTP/1.1 206 Part",
            f"Content-Range: bytes {end}",
            f"Content-Length: {len(self.CONTENT) - begin}",
            *fields,
        ]
        return "\r\n".join([*lines, "", ""]).encode() + self.CONTENT[begin:]

    def test_what_is_missing_is_fetched(self, get, scripted, tmp_path):
        server = scripted(self.rest(1000))
        self.part(tmp_path, 1000, server.url(), length=len(self.CONTENT))
        done = get(server.url(), "-c", "-o", "file")
        assert (done.returncode, done.stderr) == (0, "")
        assert (tmp_path / "file").read_bytes() == self.CONTENT
        assert os.listdir(tmp_path) == ["file"]
        sent = fields(server.requests[0][0])
        assert (sent["range"], sent["if-range"]) == ("bytes=1000-", '"v1"')

    def test_another_version_starts_anew(self, get, scripted, reply, tmp_path):
        server = scripted(reply(b"new", "200 OK", 'ETag: "v2"'))
        self.part(tmp_path, 1000, server.url())
        assert get(server.url(), "-c", "-o", "file").returncode == 0
        assert (tmp_path / "file").read_bytes() == b"new"

    @pytest.mark.parametrize(
        ("validator", "field"),
        [
            ('"v1"', 'ETag: "v2"'),
            ('"v1"', 'ETag: W/"v1"'),
            ("Mon, 01 Jan 2024 00:00:00 GMT", "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT"),
        ],
    )
    def test_a_rest_of_another_version_starts_anew(self, get, scripted, reply, tmp_path, validator, field):
        whole = reply(b"", "416 No", "Content-Range: bytes */1000", field)
        for first in (self.rest(1000, None, field), whole):  # of servers that do not heed If-Range
            server = scripted(first, reply(b"new", "200 OK", field))
            self.part(tmp_path, 1000, server.url(), validator)
            done = get(server.url(), "-c", "-o", "file")
            assert (done.returncode, "another version: starting anew" in done.stderr) == (0, True)
            assert [b"\r\nRange: " in head for head, _ in server.requests] == [True, False]
            assert (tmp_path / "file").read_bytes() == b"new"
            assert os.listdir(tmp_path) == ["file"]
        server = scripted(self.rest(1000, None, field))
        self.part(tmp_path, 1000, server.url(), validator)
        done = get(server.url(), "-c", "-o", "file", "-d", "body")
        assert (done.returncode, "without --continue" in done.stderr) == (6, True)
        assert (tmp_path / "file.part").read_bytes() == self.CONTENT[:1000]

    def test_a_rest_of_the_same_version(self, get, scripted, tmp_path):
        server = scripted(self.rest(1000, None, 'ETag: "v1"', "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT"))
        self.part(tmp_path, 1000, server.url())
        assert get(server.url(), "-c", "-o", "file").returncode == 0
        assert (tmp_path / "file").read_bytes() == self.CONTENT

    def test_a_part_of_another_url_starts_anew(self, get, scripted, reply, tmp_path):
        server = scripted(reply(b"new"))
        self.part(tmp_path, 1000, server.url("/other"))
        done = get(server.url(), "-c", "-o", "file")
        assert (done.returncode, "another URL: starting anew" in done.stderr) == (0, True)
        assert "range" not in fields(server.requests[0][0])
        assert (tmp_path / "file").read_bytes() == b"new"

    @pytest.mark.parametrize(
        ("lines", "validator"),
        [
            (['ETag: W/"v1"', "Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT"], None),
            (
                ["Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT", "Date: Tue, 02 Jan 2024 00:00:01 GMT"],
                "Tue, 02 Jan 2024 00:00:00 GMT",
            ),
            # Another version may have the same date: it was changed in the second in which it was sent.
            (["Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT", "Date: Tue, 02 Jan 2024 00:00:00 GMT"], None),
            (["Last-Modified: Tue, 02 Jan 2024 00:00:00 GMT"], None),
            (["Last-Modified: yesterday", "Date: Tue, 02 Jan 2024 00:00:01 GMT"], None),
            (["Last-Modified: Tue, 02 Jan 2024 00:00:00 -0000", "Date: Tue, 02 Jan 2024 00:00:01 GMT"], None),
            ([], None),
        ],
    )
    def test_what_is_written_down_of_a_part(self, get, scripted, reply, tmp_path, lines, validator):
        cut = reply(b"123456", "200 OK", *lines)[:-3]
        server = scripted(lambda connection: connection.sendall(cut) or False)
        for _ in range(2):  # the second one in the place of the first one's part
            assert get(server.url(), "-o", "file").returncode == 6
            assert (tmp_path / "file.part").read_bytes() == b"123"
            known = json.loads((tmp_path / "file.part.json").read_text())
            assert known == {"url": server.url(), "validator": validator, "length": 6}

    def test_a_password_is_not_written_down(self, get, scripted, tmp_path):
        head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(self.CONTENT)}\r\n\r\n'.encode()
        server = scripted(lambda connection: connection.sendall(head + self.CONTENT[:9]) or False, self.rest(9))
        url = server.url("/a@b").replace("//", "//me:p@ss@")
        assert get(url, "-o", "file").returncode == 6
        assert json.loads((tmp_path / "file.part.json").read_text())["url"] == server.url("/a@b")
        assert get(url, "-c", "-o", "file").returncode == 0
        assert (tmp_path / "file").read_bytes() == self.CONTENT

    @pytest.mark.parametrize("options", [(), ("-c",)])
    def test_one_run_at_a_time(self, get, scripted, tmp_path, options):
        head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(self.CONTENT)}\r\n\r\n'.encode()
        going_on = threading.Event()

        def slow(connection):
            connection.sendall(head + self.CONTENT[:9])
            going_on.wait(30)
            connection.sendall(self.CONTENT[9:])
            return False

        server = scripted(slow, self.rest(9))
        first = subprocess.Popen([sys.executable, "-m", "ferrosock", "get", server.url(), "-o", "file"], cwd=tmp_path)
        part = tmp_path / "file.part"
        while not part.exists() or part.stat().st_size < 9:
            time.sleep(0.01)
        done = get(server.url(), "-o", "file", *options)
        said = "ferrosock get: cannot write 'file': 'file.part' is being written by another run of this command\n"
        assert (done.returncode, done.stderr) == (1, said)
        assert len(server.requests) == 1
        going_on.set()
        assert first.wait(30) == 0
        assert (tmp_path / "file").read_bytes() == self.CONTENT
        assert os.listdir(tmp_path) == ["file"]

    def test_two_runs_that_begin_at_once(self, tmp_path):
        targets = [Target(str(tmp_path / "file")) for _ in range(2)]
        known = {"url": "", "validator": None, "length": None}
        targets[0].open(known)
        with pytest.raises(BlockingIOError, match="another run"):
            targets[1].open(known)
        targets[0].finish()
        assert targets[1].open(known).write(b"x") == 1
        targets[1].finish()
        assert (tmp_path / "file").read_bytes() == b"x"
        assert os.listdir(tmp_path) == ["file"]

    def test_a_part_of_which_nothing_is_known_starts_anew(self, get, scripted, reply, tmp_path):
        server = scripted(reply(b"new"))
        self.part(tmp_path, 1000, server.url(), None)
        done = get(server.url(), "-c", "-o", "file")
        assert (done.returncode, "starting anew" in done.stderr) == (0, True)
        assert "range" not in fields(server.requests[0][0])
        assert (tmp_path / "file").read_bytes() == b"new"

    def test_one_that_is_whole_already(self, get, scripted, reply, tmp_path):
        url = scripted(reply(b"", "416 No", f"Content-Range: bytes */{len(self.CONTENT)}")).url()
        self.part(tmp_path, len(self.CONTENT), url)
        assert get(url, "-c", "-o", "file").returncode == 0
        assert (tmp_path / "file").read_bytes() == self.CONTENT
        assert os.listdir(tmp_path) == ["file"]
        for count, length in [(10, None), (len(self.CONTENT), len(self.CONTENT) + 1)]:
            self.part(tmp_path, count, url, length=length)
            done = get(url, "-c", "-o", "file")
            assert (done.returncode, "without --continue" in done.stderr) == (5, True)

    @pytest.mark.parametrize(
        "range_", ["bytes 0-9/10", "bytes 1001-25599/25600", "bytes 1000-25598/25600", "bytes x", ""]
    )
    def test_another_part_than_was_asked_for(self, get, scripted, reply, tmp_path, range_):
        url = scripted(reply(b"x" * 10, "206 Part", f"Content-Range: {range_}")).url()
        self.part(tmp_path, 1000, url, length=len(self.CONTENT))
        done = get(url, "-c", "-o", "file")
        assert done.returncode == 6
        assert (tmp_path / "file.part").read_bytes() == self.CONTENT[:1000]
        assert not (tmp_path / "file").exists()

    @pytest.mark.parametrize("chunked", [False, True])
    @pytest.mark.parametrize(("sent", "kept"), [(b"rest", b"rest"), (b"the rest" * 2, b"the rest")])
    def test_a_part_of_another_length_than_it_says(self, get, scripted, reply, tmp_path, sent, kept, chunked):
        fields = "Content-Range: bytes 4-11/12"
        answer = reply(sent, "206 Part", fields)
        if chunked:
            answer = f"HTTP/1.1 206 Part\r\n{fields}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
            answer += b"%x\r\n%b\r\n0\r\n\r\n" % (len(sent), sent)
        url = scripted(answer).url()
        self.part(tmp_path, 4, url, length=12)
        done = get(url, "-c", "-o", "file")
        assert (done.returncode, done.stderr.count("\n")) == (6, 1)
        assert (tmp_path / "file.part").read_bytes() == self.CONTENT[:4] + (kept if chunked else b"")
        assert not (tmp_path / "file").exists()

    def test_a_part_that_nobody_asked_for(self, get, scripted, tmp_path):
        done = get(scripted(self.rest(1000)).url(), "-o", "file")
        assert (done.returncode, "not asked for" in done.stderr) == (6, True)
        done = get(scripted(self.rest(1000, 99_999)).url(), "-o", "file")
        assert done.returncode == 6
        server = scripted(self.rest(1000))
        assert get(server.url(), "-H", "range: bytes=1000-", "-o", "file").returncode == 0  # the user asked for it
        assert (tmp_path / "file").read_bytes() == self.CONTENT[1000:]
        done = get(server.url(), "-H", "range: bytes=1000-", "-c", "-o", "file")
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)

    def test_a_file_that_breaks_off_can_be_continued(self, get, scripted, tmp_path):
        head = f'HTTP/1.1 200 OK\r\nETag: "v1"\r\nContent-Length: {len(self.CONTENT)}\r\n\r\n'.encode()
        cut = head + self.CONTENT[:5000]

        def broken(connection):
            connection.sendall(cut)
            return False

        server = scripted(broken, self.rest(5000))
        done = get(server.url(), "-o", "file")
        assert (done.returncode, "ended early" in done.stderr) == (6, True)
        assert (tmp_path / "file.part").read_bytes() == self.CONTENT[:5000]
        assert get(server.url(), "-c", "-o", "file").returncode == 0
        assert (tmp_path / "file").read_bytes() == self.CONTENT
        # With --retries it goes on by itself.
        server = scripted(broken, self.rest(5000))
        done = get(server.url(), "-o", "again", "--retries", "2")
        assert (done.returncode, "going on" in done.stderr) == (0, True)
        assert (tmp_path / "again").read_bytes() == self.CONTENT

    def test_only_files_are_continued(self, get):
        for arguments in [(), ("-O",), ("-o", "."), ("-o", "/dev/null"), ("-o", "file", "-I")]:
            done = get("http://127.0.0.1:1/", "-c", *arguments)
            assert (done.returncode, done.stderr.count("\n")) == (2, 1)


class TestFailures:
    def test_each_has_its_code_and_a_sentence(self, get, scripted, reply, tmp_path):
        (tmp_path / "folder").mkdir()
        slow = scripted(lambda connection: time.sleep(5))
        loop = scripted(reply(b"", "302 Found", "Location: /"))
        elsewhere = scripted(reply(b"", "302 Found", "Location: file:///etc/passwd"))
        for code, arguments in [
            (1, (scripted(reply()).url(), "-o", "missing/file")),
            (2, ("http://[::1/",)),
            (2, ("gopher://127.0.0.1/",)),
            (2, (loop.url(), "--retries", "-1")),
            (2, ()),
            (2, (loop.url(), "-H", "a: b\r\nc")),
            (3, ("http://127.0.0.1:1/",)),
            (3, (slow.url().replace("http", "https"), "--timeout", "0.3", "-k", "--proxy", "127.0.0.1:1")),
            (4, (slow.url(), "--timeout", "0.3")),
            (5, (scripted(reply(b"", "404 Not Here")).url(), "-o", "file")),
            (6, (scripted(b"no HTTP\r\n\r\n").url(),)),
            (6, (loop.url(),)),
            (6, (elsewhere.url(),)),
            (
                6,
                (
                    scripted(
                        lambda connection: connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx") or False
                    ).url(),
                ),
            ),
        ]:
            done = get(*arguments)
            assert done.returncode == code, (arguments, done)
            assert done.stderr.startswith("ferrosock get: ")
            assert done.stderr.count("\n") == 1
        assert os.listdir(tmp_path) == ["folder"]

    def test_what_an_error_says_is_shown(self, get, scripted, reply):
        done = get(scripted(reply(b"sorry", "500 Broken")).url())
        assert (done.returncode, done.stdout, "500 Broken" in done.stderr) == (5, "sorry", True)

    def test_a_server_does_not_steer_the_terminal(self, get, scripted, reply):
        done = get(scripted(reply(b"", "404 \x9b2JNot Here")).url())
        assert (done.returncode, "\ufffd2JNot Here" in done.stderr, "\x9b" in done.stderr) == (5, True, False)
        done = get(scripted(reply(b"", "302 Found", "Location: /\x9b2J")).url(), "--max-redirects", "0")
        assert (done.returncode, "\x9b" in done.stderr) == (6, False)

    def test_a_connection_that_breaks_is_no_reader_that_goes_away(self, monkeypatch, capsys):
        def request(*_arguments, **_options):
            raise BrokenPipeError(errno.EPIPE, "sending the request: Broken pipe")

        monkeypatch.setattr(command.Pool, "request", request)
        parser = argparse.ArgumentParser()
        command.add_arguments(parser)
        assert command.main(parser.parse_args(["http://127.0.0.1:1/", "-o", os.devnull])) == 3
        assert capsys.readouterr().err == "ferrosock get: sending the request: Broken pipe\n"

    @pytest.mark.parametrize("option", ["-d", "-F"])
    def test_a_closed_standard_input(self, option):
        command = f"{sys.executable} -m ferrosock get http://127.0.0.1:1/ {option} {'@-' if option == '-d' else 'a=@-'}"
        done = subprocess.run(["sh", "-c", f"{command} <&-"], capture_output=True, timeout=60)
        assert (done.returncode, done.stderr) == (1, b"ferrosock get: cannot read standard input: it is closed\n")

    def test_json_that_is_too_deep(self, get):
        done = get("http://127.0.0.1:1/", "--json", "[" * 100_000)
        assert (done.returncode, done.stderr.startswith("ferrosock get: --json is no JSON")) == (2, True)

    def test_redirects(self, get, scripted, reply):
        server = scripted(reply(b"", "302 Found", "Location: /b"), reply(b"there"))
        assert get(server.url()).stdout == "there"
        server = scripted(reply(b"here", "302 Found", "Location: /b"))
        assert get(server.url(), "--no-redirects").stdout == "here"
        done = get(server.url(), "--max-redirects", "0", "-o", "file")
        assert (done.returncode, done.stderr) == (6, "ferrosock get: more than 0 redirects, the last one to /b\n")
        assert get(server.url(), "--max-redirects", "0", "--no-redirects").stdout == "here"

    @pytest.mark.parametrize("option", ["--timeout", "--retries", "--max-redirects"])
    @pytest.mark.parametrize("text", ["x", "-1", "nan"])
    def test_numbers_that_are_none(self, get, option, text):
        done = get("http://127.0.0.1:1/", option, text)
        kind = "number of seconds above 0" if option == "--timeout" else "whole number from 0 on"
        said = f"ferrosock get: argument {option}: not a {kind}: '{text}' (try: ferrosock get --help)\n"
        assert (done.returncode, done.stderr) == (2, said)

    def test_an_interrupt_keeps_the_part(self, scripted, tmp_path):
        def slow(connection):
            connection.sendall(b'HTTP/1.1 200 OK\r\nETag: "1"\r\nContent-Length: 1000\r\n\r\nabc')
            time.sleep(20)

        url = scripted(slow).url()
        # A child of a job in the background inherits SIGINT as ignored.
        code = "import signal, sys; signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        code += "from ferrosock.cli import main; sys.exit(main(sys.argv[1:]))"
        command = [sys.executable, "-c", code, "get", url, "-o", "file"]
        child = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE)
        part = tmp_path / "file.part"
        end = time.monotonic() + 20
        while not (part.exists() and (tmp_path / "file.part.json").exists()) and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.2)
        child.send_signal(signal.SIGINT)
        assert child.communicate(timeout=20)[1] == b"ferrosock get: interrupted\n"
        assert child.returncode == 130
        assert part.read_bytes() == b"abc"

    def test_a_reader_that_goes_away(self, scripted, reply, tmp_path):
        url = scripted(reply(b"x" * 10_000_000)).url()
        child = subprocess.Popen(
            [sys.executable, "-m", "ferrosock", "get", url], stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        child.stdout.read(10)
        child.stdout.close()
        assert child.stderr.read() == b""
        child.stderr.close()
        assert child.wait(20) == 1


class TestNames:
    @pytest.mark.parametrize(
        ("disposition", "name"),
        [
            ('attachment; filename="a b.txt"', "a b.txt"),
            ("attachment; filename=a.txt", "a.txt"),
            ("attachment; FileName = a.txt ; x=y", "a.txt"),
            ("attachment; filename=\"no\"; filename*=UTF-8'en'caf%C3%A9.txt", "café.txt"),
            ("attachment; filename*=iso-8859-1''%e9", "é"),
            ("attachment; filename*=koi8-r''%e9; filename=plain", "plain"),
            ("attachment; filename*=UTF-8''..%2F..%2Fx", "x"),
            ("attachment; filename*=UTF-8''%2F; filename=plain", "plain"),
            ('attachment; filename="../../etc/passwd"', "passwd"),
            (r'attachment; filename="C:\\\\dir\\\\a.exe"', "a.exe"),
            ('attachment; filename=".bashrc"', "_bashrc"),
            ('attachment; filename=".."', "last"),
            ('attachment; filename="a\\"b"', 'a"b'),
            ('attachment; filename="/"', "last"),
            ('attachment; filename="caf\xc3\xa9"', "café"),
            ('attachment; filename="caf\xe9"', "café"),
            ('attachment; filename="a\x1b[31mb"', "a[31mb"),
            ("inline", "last"),
            (None, "last"),
        ],
    )
    def test_of_the_server(self, disposition, name):
        assert remote_name(disposition, "http://h/x/last?q=/z") == name

    @pytest.mark.parametrize(
        ("url", "name"),
        [
            ("http://h", "index.html"),
            ("http://h/a/", "index.html"),
            ("http://h/a/..%2f..%2fb", "b"),
            ("http://h/%00%0a", "index.html"),
        ],
    )
    def test_of_the_url(self, url, name):
        assert remote_name(None, url) == name

    def test_long_ones_are_cut(self):
        name = remote_name(None, f"http://h/{'é' * 500}.tar.gz")
        assert len(name.encode()) <= 200
        assert name.endswith(".gz")


class TestProgress:
    def test_words(self):
        assert [amount(count) for count in (0, 999, 1000, 1_234_567, 5e12, 7e15)] == [
            "0 B",
            "999 B",
            "1.0 kB",
            "1.2 MB",
            "5.0 TB",
            "7000.0 TB",
        ]
        assert [clock(seconds) for seconds in (0, 61, 3725.4)] == ["0:00", "1:01", "1:02:05"]

    def test_a_terminal_is_written_over(self):
        class Terminal(io.StringIO):
            def isatty(self):
                return True

        out = Terminal()
        with Bar(out, "name", 1000, 500) as bar:
            bar.add(250)
            time.sleep(0.15)
            bar.add(250)
        assert out.getvalue().count("\n") == 1
        assert out.getvalue().count("\r") == 3
        assert out.getvalue().split("\r")[1].startswith("name [####")
        assert " 50% 500 B of 1.0 kB" in out.getvalue()
        assert "100% 1.0 kB of 1.0 kB" in out.getvalue()

    def test_without_a_total_or_room(self):
        bar = Bar(io.StringIO(), "", None)
        bar.add(5)
        assert bar.line(79) == "5 B"
        assert Bar(io.StringIO(), "n", 10).line(20) == "n   0% 0 B of 10 B"
        assert Bar(io.StringIO(), "n", 0).line(20) == "n 0 B of 0 B"


class TestLocales:
    """Arguments and names in a locale that has no letters beyond ASCII."""

    @pytest.fixture
    def get(self, get, monkeypatch):
        for name, value in (("LC_ALL", "POSIX"), ("PYTHONUTF8", "0"), ("PYTHONCOERCECLOCALE", "0")):
            monkeypatch.setenv(name, value)
        return get

    def test_arguments_are_utf8(self, get, scripted, reply):
        server = scripted(reply(b"hello"))
        for arguments in (["-d", "aé"], ["--json", '"é"'], ["-F", "ü=é"]):
            done = get(server.url("/é?ö"), "-H", "X-A: é", *arguments)
            assert (done.returncode, done.stdout, done.stderr) == (0, "hello", "")
        heads = [head.split(b"\r\n")[0] for head, _ in server.requests]
        assert heads == [b"POST /%C3%A9?%C3%B6 HTTP/1.1"] * 3
        bodies = [body for _, body in server.requests]
        assert bodies[0] == "aé".encode() and json.loads(bodies[1]) == "é" and "é".encode() in bodies[2] + b"%C3%A9"

    def test_bytes_of_a_url_that_are_no_utf8(self, get, scripted, reply):
        server = scripted(reply(b""))
        assert get(os.fsencode(server.url("/")) + b"\xe9").returncode == 0
        assert server.requests[0][0].startswith(b"GET /%E9 ")

    def test_names_of_files(self, get, scripted, reply, tmp_path):
        server = scripted(reply(b"hello"))
        done = get(server.url("/%C3%A9.txt"), "-O", "--progress")
        assert (done.returncode, (tmp_path / "é.txt").read_bytes()) == (0, b"hello"), done.stderr
        assert get(server.url(), "-o", "ü").returncode == 0 and (tmp_path / "ü").read_bytes() == b"hello"
