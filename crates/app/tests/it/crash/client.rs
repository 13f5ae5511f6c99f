//! A client that knows whether it was answered: an answer counts when it came whole.

use std::{
    io::{Read as _, Write as _},
    net::{Shutdown, TcpStream},
};

use serde_json::Value;

/// Sends with a token, one connection for each request.
#[derive(Clone)]
pub(super) struct Client {
    pub addr: String,
    pub token: String,
}

/// An answer that came whole.
pub(super) struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.body))
    }
    pub fn location(&self) -> &str {
        self.header("location").unwrap_or_default()
    }
    fn header(&self, name: &str) -> Option<&str> {
        let pairs = self.head.lines().filter_map(|line| line.split_once(": "));
        pairs.into_iter().find(|(one, _)| one.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
    fn whole(bytes: Vec<u8>) -> Option<Self> {
        let text = String::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let status = head.get(9..12)?.parse().ok()?;
        let answer = Self { status, head: head.to_owned(), body: body.to_owned() };
        let length = answer.header("content-length").and_then(|text| text.parse::<usize>().ok());
        (length.unwrap_or(0) == answer.body.len()).then_some(answer)
    }
}

const MARK: &str = "----tongpin-crash-5d1f";

impl Client {
    pub fn get(&self, path: &str) -> Option<Answer> {
        self.ask("GET", path, "application/json", b"", 0)
    }
    pub fn send(&self, method: &str, path: &str, body: &Value) -> Option<Answer> {
        let body = body.to_string();
        self.ask(method, path, "application/json", body.as_bytes(), body.len())
    }
    pub fn upload(&self, path: &str, bytes: &[u8]) -> Option<Answer> {
        let body = multipart(bytes);
        self.ask("POST", path, &media_type(), &body, body.len())
    }
    /// Says how long the body is, sends half of it, and hangs up.
    pub fn upload_half(&self, path: &str, bytes: &[u8]) -> Option<Answer> {
        let body = multipart(bytes);
        self.ask("POST", path, &media_type(), &body[..body.len() / 2], body.len())
    }

    /// Nothing when the server is gone before it answered whole.
    fn ask(
        &self,
        method: &str,
        path: &str,
        media_type: &str,
        body: &[u8],
        length: usize,
    ) -> Option<Answer> {
        let mut stream = TcpStream::connect(&self.addr).ok()?;
        let (addr, token) = (&self.addr, &self.token);
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: {addr}\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: {media_type}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        );
        stream.write_all(&[head.as_bytes(), body].concat()).ok()?;
        if body.len() < length {
            stream.shutdown(Shutdown::Write).ok()?;
        }
        let mut bytes = Vec::new();
        stream.read_to_end(&mut bytes).ok()?;
        Answer::whole(bytes)
    }
}

fn media_type() -> String {
    format!("multipart/form-data; boundary={MARK}")
}

fn multipart(bytes: &[u8]) -> Vec<u8> {
    let head = format!(
        "--{MARK}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ledger.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    [head.as_bytes(), bytes, format!("\r\n--{MARK}--\r\n").as_bytes()].concat()
}
