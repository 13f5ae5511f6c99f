//! What the served site says at its edge: of a body that stalls, of a city that is generated.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use app::{demo::Plan, site::is_demo};
use tempfile::TempDir;
use testkit::{TestDb, on_both};

/// A real server, ended with the test.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn a_body_that_stalls_is_told_so() {
    let folder = TempDir::with_prefix("tongpin-stall-").expect("a folder");
    let mut child = Command::new(env!("CARGO_BIN_EXE_tongpin"))
        .args(["serve", "--addr", "127.0.0.1:0", "--stall-seconds", "1", "--log-level", "error"])
        .arg("--data")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
    let _server = Server(child);
    out.read_line(&mut line).expect("it says something");
    let addr = line.trim_end().strip_prefix("listening on http://").expect("the promised line");
    for (accept, says) in
        [("text/html", "传到一半停住了"), ("application/json", "urn:tongpin:stalled")]
    {
        let mut slow = TcpStream::connect(addr).expect("it listens");
        let head = format!(
            "POST /login HTTP/1.1\r\nHost: a\r\nAccept: {accept}\r\nContent-Length: 900\r\n\
             Content-Type: application/x-www-form-urlencoded\r\n\r\nname=chen"
        );
        slow.write_all(head.as_bytes()).expect("it takes the head");
        // The server is the one who waits: it answers, and closes, when nothing more comes.
        let mut answer = String::new();
        slow.read_to_string(&mut answer).expect("it answers and closes");
        assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
        assert!(answer.contains(says), "{answer}");
    }
}

on_both!(a_generated_city_is_known_by_its_own_record);

async fn a_generated_city_is_known_by_its_own_record(db: TestDb) {
    assert!(!is_demo(&db).await.expect("it reads"), "an empty one is nobody's");
    let rules = people::Rules::cheap();
    let plan = Plan { units: 200, seed: 1 };
    let (cx, keys) = (db.cx(), kernel::Keys::new([7; 32]));
    app::demo::build(&db, plan, &rules, (&cx, &keys), |_, _| {}).await.expect("a city");
    assert!(is_demo(&db).await.expect("it reads"));
}

on_both!(a_real_city_is_not_labelled);

async fn a_real_city_is_not_labelled(db: TestDb) {
    crate::ground::found(&db, &db.cx()).await;
    assert!(!is_demo(&db).await.expect("it reads"));
}
