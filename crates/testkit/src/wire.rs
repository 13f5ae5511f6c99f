//! HTTP/1.1 as a test speaks it to a real process: one connection that stays open, and an answer
//! that counts only when it came whole.

use std::{
    io::{BufRead, BufReader, Read as _, Write as _},
    net::{Shutdown, TcpStream},
    time::Duration,
};

use serde_json::Value;

/// An answer that takes longer will not come: a test must end.
const PATIENCE: Duration = Duration::from_mins(1);
/// The largest message that is read, in bytes.
const LIMIT: u64 = 64 << 20;
/// Between the parts of an uploaded form.
const MARK: &str = "----tongpin-wire-5d1f";

/// Names and values of headers, in their order.
pub type Headers = Vec<(String, String)>;

/// What is asked.
#[derive(Clone, Debug)]
pub struct Ask {
    method: &'static str,
    path: String,
    headers: Headers,
    body: Vec<u8>,
}

impl Ask {
    /// `GET`
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: "GET", path: path.into(), headers: Vec::new(), body: Vec::new() }
    }
    /// `POST`, `PATCH` and the like, of JSON.
    pub fn json(method: &'static str, path: impl Into<String>, body: &Value) -> Self {
        let asked = Self { method, body: body.to_string().into_bytes(), ..Self::get(path) };
        asked.with("Content-Type", "application/json")
    }
    /// `POST` of a file in the field `file`.
    pub fn upload(path: impl Into<String>, name: &str, bytes: &[u8]) -> Self {
        let head = format!(
            "--{MARK}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{name}\"\r\n\
             Content-Type: application/octet-stream\r\n\r\n"
        );
        let body = [head.as_bytes(), bytes, format!("\r\n--{MARK}--\r\n").as_bytes()].concat();
        let asked = Self { method: "POST", body, ..Self::get(path) };
        asked.with("Content-Type", &format!("multipart/form-data; boundary={MARK}"))
    }
    /// With one more header, `Idempotency-Key` for instance.
    #[must_use]
    pub fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
    fn bytes(&self, addr: &str, more: &Headers) -> Vec<u8> {
        let Self { method, path, headers, body } = self;
        let length = body.len();
        let mut head =
            format!("{method} {path} HTTP/1.1\r\nHost: {addr}\r\nContent-Length: {length}\r\n");
        for (name, value) in more.iter().chain(headers) {
            head.extend([name, ": ", value, "\r\n"]);
        }
        head.push_str("\r\n");
        [head.as_bytes(), body].concat()
    }
}

/// An answer that came whole.
#[derive(Clone, Debug)]
pub struct Whole {
    /// The HTTP status.
    pub status: u16,
    /// Its headers.
    pub headers: Headers,
    /// Its body.
    pub body: Vec<u8>,
}

impl Whole {
    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        header(&self.headers, name).unwrap_or_default()
    }
    /// Where it redirects to; empty when it does not.
    pub fn location(&self) -> &str {
        self.header("location")
    }
    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }
    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|why| panic!("{why}: {}", self.text()))
    }
}

/// A header's value, by its name in any case.
pub(crate) fn header<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(one, _)| one.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// One connection, kept open from ask to ask. A clone has a connection of its own.
pub struct Client {
    addr: String,
    headers: Headers,
    open: Option<BufReader<TcpStream>>,
}

impl Clone for Client {
    fn clone(&self) -> Self {
        Self { addr: self.addr.clone(), headers: self.headers.clone(), open: None }
    }
}

impl Client {
    /// Of the server at `HOST:PORT`, sending these headers each time.
    pub fn new(addr: &str, headers: Headers) -> Self {
        Self { addr: addr.to_owned(), headers, open: None }
    }

    /// Of the server at `HOST:PORT`, with an API token.
    pub fn with_token(addr: &str, token: &str) -> Self {
        Self::new(addr, vec![("Authorization".into(), format!("Bearer {token}"))])
    }

    /// Asks, and waits for the whole answer. Nothing when the server was gone before, or stayed
    /// silent for a minute; whether it did what it was asked is then unknown, so this never asks
    /// twice by itself.
    pub fn ask(&mut self, ask: &Ask) -> Option<Whole> {
        let bytes = ask.bytes(&self.addr, &self.headers);
        let mut stream = self.stream()?;
        stream.get_mut().write_all(&bytes).ok()?;
        let (first, headers, body) = read_message(&mut stream)?;
        let status = first.get(9..12)?.parse().ok()?;
        let whole = Whole { status, headers, body };
        if !whole.header("connection").eq_ignore_ascii_case("close") {
            self.open = Some(stream);
        }
        Some(whole)
    }

    /// Says how long the body is, sends half of it, and sends no more.
    pub fn ask_half(&mut self, ask: &Ask) -> Option<Whole> {
        let bytes = ask.bytes(&self.addr, &self.headers);
        let mut stream = self.stream()?;
        stream.get_mut().write_all(&bytes[..bytes.len() - ask.body.len() / 2]).ok()?;
        stream.get_mut().shutdown(Shutdown::Write).ok()?;
        let (first, headers, body) = read_message(&mut stream)?;
        Some(Whole { status: first.get(9..12)?.parse().ok()?, headers, body })
    }

    fn stream(&mut self) -> Option<BufReader<TcpStream>> {
        if let Some(open) = self.open.take() {
            return Some(open);
        }
        let stream = TcpStream::connect(&self.addr).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).ok()?;
        stream.set_nodelay(true).ok()?;
        Some(BufReader::new(stream))
    }
}

/// The first line, headers and body of a message; nothing when it breaks off.
pub(crate) fn read_message(from: &mut impl BufRead) -> Option<(String, Headers, Vec<u8>)> {
    let first = read_line(from)?;
    let mut headers = Headers::new();
    loop {
        let line = read_line(from)?;
        if line.is_empty() {
            break;
        }
        let (name, value) = line.split_once(':')?;
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
    let chunked = header(&headers, "transfer-encoding").is_some_and(|how| how.contains("chunked"));
    let body = if chunked {
        read_chunks(from)?
    } else {
        let length = header(&headers, "content-length").map_or(Ok(0), str::parse).ok()?;
        read_exactly(from, length)?
    };
    Some((first, headers, body))
}

fn read_line(from: &mut impl BufRead) -> Option<String> {
    let mut line = String::new();
    from.take(LIMIT).read_line(&mut line).ok()?;
    line.strip_suffix("\r\n").map(str::to_owned)
}

fn read_exactly(from: &mut impl BufRead, length: u64) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    let read = from.take(length.min(LIMIT)).read_to_end(&mut body).ok()?;
    (read as u64 == length).then_some(body)
}

fn read_chunks(from: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut body = Vec::new();
    loop {
        let line = read_line(from)?;
        let length = u64::from_str_radix(line.split(';').next()?.trim(), 16).ok()?;
        body.extend(read_exactly(from, length)?);
        // After each chunk, and after the last, which is empty, comes an end of line.
        read_line(from)?;
        if length == 0 {
            return Some(body);
        }
    }
}
