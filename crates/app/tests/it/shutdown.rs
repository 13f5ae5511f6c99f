//! The real binary: it says when it is ready, and when told to stop it finishes what was begun.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, ChildStderr, ChildStdout, Command, Stdio},
};

use tempfile::TempDir;

struct Server {
    child: Child,
    addr: String,
    _out: BufReader<ChildStdout>,
    log: BufReader<ChildStderr>,
    _folder: TempDir,
}

impl Server {
    fn start() -> Self {
        let folder = TempDir::with_prefix("tongpin-serve-").expect("a folder");
        let mut child = Command::new(env!("CARGO_BIN_EXE_tongpin"))
            .args(["serve", "--addr", "127.0.0.1:0", "--log-format", "json", "--log-level", "info"])
            .arg("--data")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        let log = BufReader::new(child.stderr.take().expect("a pipe"));
        let mut line = String::new();
        out.read_line(&mut line).expect("it says something");
        let addr = line.strip_prefix("listening on http://").expect("the promised line");
        let addr = addr.trim_end().to_owned();
        assert!(!addr.ends_with(":0"), "{addr} is not the port that it got");
        Self { child, addr, _out: out, log, _folder: folder }
    }

    fn connect(&self) -> TcpStream {
        TcpStream::connect(&self.addr).expect("it listens")
    }

    fn terminate(&self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill runs").success());
    }

    /// Reads the log up to a line that says this.
    fn wait_for(&mut self, message: &str) {
        let mut line = String::new();
        while self.log.read_line(&mut line).expect("the log can be read") > 0 {
            let entry: serde_json::Value = serde_json::from_str(&line).expect("a line of JSON");
            if entry["message"] == message {
                return;
            }
            line.clear();
        }
        panic!("the log ended without: {message}");
    }
}

/// A failed test leaves no server behind.
impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn ask(mut stream: TcpStream, request: &str) -> String {
    stream.write_all(request.as_bytes()).expect("it takes the request");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers and closes");
    answer
}

#[test]
fn it_is_healthy_once_it_says_that_it_listens() {
    let server = Server::start();
    let request = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    let answer = ask(server.connect(), request);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.ends_with(r#"{"journal":0,"status":"ok"}"#), "{answer}");
}

#[test]
fn told_to_stop_it_answers_what_was_begun_and_nothing_more() {
    let mut server = Server::start();
    let mut slow = server.connect();
    let head = "POST /login HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\
                Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n\r\n";
    slow.write_all(head.as_bytes()).expect("it takes the head");
    // It says so when the gate begins to read the body: from then on the request is under way.
    let mut first = [0; 25];
    slow.read_exact(&mut first).expect("it goes on");
    assert_eq!(&first, b"HTTP/1.1 100 Continue\r\n\r\n");

    server.terminate();
    server.wait_for("told to stop: finishing what was begun");
    server.wait_for("no longer accepting");
    TcpStream::connect(&server.addr).expect_err("nobody new is let in");

    let answer = ask(slow, "name=chen");
    assert!(answer.starts_with("HTTP/1.1 "), "{answer}");
    assert!(answer.contains("</html>"), "the page is whole: {answer}");
    server.wait_for("stopped");
    assert_eq!(server.child.wait().expect("it ends").code(), Some(0));
}

#[test]
fn a_taken_address_is_told_in_one_line() {
    let server = Server::start();
    let folder = TempDir::with_prefix("tongpin-serve-").expect("a folder");
    let second = Command::new(env!("CARGO_BIN_EXE_tongpin"))
        .args(["serve", "--addr", &server.addr, "--log-level", "error", "--data"])
        .arg(folder.path())
        .output()
        .expect("the binary starts");
    assert_eq!(second.status.code(), Some(1));
    let said = String::from_utf8(second.stderr).expect("UTF-8");
    assert_eq!(said.lines().count(), 1, "{said}");
    assert!(said.contains(&server.addr), "{said}");
    assert!(second.stdout.is_empty());
}
