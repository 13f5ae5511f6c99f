//! A client that keeps its connection: just enough HTTP/1.1 to load our own server on loopback
//! without spending more of the two cores than the server does.

use std::io::{Error, ErrorKind, Result};

use tokio::{
    io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader},
    net::TcpStream,
};

/// A kept connection.
pub struct Client {
    stream: BufReader<TcpStream>,
    headers: String,
    line: String,
}

/// What came back.
pub struct Response {
    /// `200`
    pub status: u16,
    /// Bytes of the body on the wire.
    pub body: Vec<u8>,
}

impl Client {
    /// Connects. `more` are header lines, each ended by CRLF.
    pub async fn connect(addr: &str, more: &str) -> Result<Self> {
        let stream = TcpStream::connect(addr).await?;
        stream.set_nodelay(true)?;
        let headers = format!("Host: {addr}\r\n{more}\r\n");
        let stream = BufReader::with_capacity(64 << 10, stream);
        Ok(Self { stream, headers, line: String::new() })
    }

    /// `GET path`, answered whole.
    pub async fn get(&mut self, path: &str) -> Result<Response> {
        let request = format!("GET {path} HTTP/1.1\r\n{}", self.headers);
        self.stream.write_all(request.as_bytes()).await?;
        let status = self.read_line().await?;
        let status = status.get(9..12).and_then(|code| code.parse().ok());
        let status = status.ok_or_else(|| wrong("no status line"))?;
        let (mut length, mut chunked) = (0, false);
        loop {
            let line = self.read_line().await?.to_ascii_lowercase();
            if line.is_empty() {
                break;
            }
            match line.split_once(':') {
                Some(("content-length", value)) => {
                    length = value.trim().parse().map_err(|_| wrong("bad length"))?;
                }
                Some(("transfer-encoding", value)) => chunked = value.contains("chunked"),
                _ => {}
            }
        }
        let mut body = Vec::new();
        if chunked {
            self.read_chunks(&mut body).await?;
        } else {
            body.resize(length, 0);
            self.stream.read_exact(&mut body).await?;
        }
        Ok(Response { status, body })
    }

    async fn read_chunks(&mut self, body: &mut Vec<u8>) -> Result<()> {
        loop {
            let size = usize::from_str_radix(self.read_line().await?, 16);
            let size = size.map_err(|_| wrong("bad chunk"))?;
            let begin = body.len();
            body.resize(begin + size, 0);
            self.stream.read_exact(&mut body[begin..]).await?;
            self.read_line().await?;
            if size == 0 {
                return Ok(());
            }
        }
    }

    async fn read_line(&mut self) -> Result<&str> {
        self.line.clear();
        if self.stream.read_line(&mut self.line).await? == 0 {
            return Err(wrong("the server closed the connection"));
        }
        Ok(self.line.trim_end())
    }
}

fn wrong(why: &'static str) -> Error {
    Error::new(ErrorKind::InvalidData, why)
}
