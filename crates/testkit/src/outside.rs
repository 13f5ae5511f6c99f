//! A service of somebody else's on loopback, for the clients that call out (an SMS gateway, a
//! payment's notice): it keeps what it was sent, checks signatures, and misbehaves when told.
//!
//! ```text
//! let gateway = Outside::open();
//! gateway.checks(signed_by("x-signature", "the key", |sent| sent.body.clone()));
//! gateway.next(Manner::Silent);
//! gateway.next(Manner::Answer(500, "busy".into()));
//! // Whoever calls gateway.url("/send") now gets no answer, then 500, then 200 and `{}`.
//! ```
//!
//! A client under test needs its patience as a setting: against [`Manner::Silent`] a test makes
//! it short instead of waiting.

use std::{
    collections::VecDeque,
    fmt::Write as _,
    io::{BufReader, Read as _, Write as _},
    net::{SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Condvar, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::Duration,
};

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::wire::{Headers, header, read_message};

/// How long [`Outside::wait_for`] waits before it takes it that nobody will call.
const PATIENCE: Duration = Duration::from_secs(30);

/// What it was sent.
#[derive(Clone, Debug)]
pub struct Received {
    /// `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// Headers, in their order.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
    /// What the check said against it; nothing when it was right, or nothing is checked.
    pub wrong: Option<String>,
}

impl Received {
    /// A header's text; empty when it is not there.
    pub fn header(&self, name: &str) -> &str {
        header(&self.headers, name).unwrap_or_default()
    }
    /// The body as JSON; null when it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

/// How it answers.
#[derive(Clone, Debug)]
pub enum Manner {
    /// This status and this JSON, or what is no JSON.
    Answer(u16, String),
    /// Says how long the answer is, sends half of it, and hangs up.
    Half(u16, String),
    /// Never answers; the caller must give up.
    Silent,
    /// Hangs up without a word, having read everything.
    HangUp,
}

impl Manner {
    /// 200 with this JSON.
    pub fn good(body: &serde_json::Value) -> Self {
        Self::Answer(200, body.to_string())
    }
    /// 200, and a page where JSON should be, as a proxy's error comes.
    pub fn no_json() -> Self {
        Self::Answer(200, "<html>502 Bad Gateway</html>".into())
    }
}

/// Says what is wrong with what was sent.
pub type Check = Box<dyn Fn(&Received) -> Result<(), String> + Send + Sync>;

/// The check of a header that carries HMAC-SHA256, in hex of any case, over what `text` takes from
/// the message.
pub fn signed_by(
    name: &'static str,
    key: &str,
    text: impl Fn(&Received) -> Vec<u8> + Send + Sync + 'static,
) -> Check {
    let key = key.to_owned();
    Box::new(move |sent| {
        let wanted = hmac_sha256(key.as_bytes(), &text(sent));
        let given = sent.header(name);
        if given.eq_ignore_ascii_case(&wanted) {
            Ok(())
        } else {
            Err(format!("{name} is `{given}` rather than `{wanted}`"))
        }
    })
}

/// HMAC-SHA256 in lower-case hex.
///
/// # Panics
/// Never: HMAC takes a key of any length.
pub fn hmac_sha256(key: &[u8], text: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("a key of any length will do");
    mac.update(text);
    mac.finalize().into_bytes().iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

#[derive(Default)]
struct Kept {
    received: Vec<Received>,
    next: VecDeque<Manner>,
    always: Option<Manner>,
    check: Option<Check>,
}

#[derive(Default)]
struct Shared {
    kept: Mutex<Kept>,
    came: Condvar,
    closed: AtomicBool,
}

impl Shared {
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().expect("no holder of this lock can panic")
    }
}

/// The service. Closed when dropped; each has a port of its own.
pub struct Outside {
    addr: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Outside {
    /// Opens it; it checks nothing and answers 200 and `{}`.
    ///
    /// # Panics
    /// When the machine has no free port on loopback.
    pub fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let addr = listener.local_addr().expect("it is bound");
        let shared = Arc::<Shared>::default();
        let accepting = Some({
            let shared = Arc::clone(&shared);
            thread::spawn(move || accept(&listener, &shared))
        });
        Self { addr, shared, accepting }
    }

    /// The address of a path, for the client's settings.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.addr)
    }

    /// `HOST:PORT`.
    pub fn addr(&self) -> String {
        self.addr.to_string()
    }

    /// Has everything checked from now on: what is wrong is kept as such, and answered 401 with
    /// the reason, whatever the manner.
    pub fn checks(&self, check: Check) {
        self.shared.kept().check = Some(check);
    }

    /// Answers the next call so, after those told before; each once.
    pub fn next(&self, manner: Manner) {
        self.shared.kept().next.push_back(manner);
    }

    /// Answers so whenever nothing else was told.
    pub fn always(&self, manner: Manner) {
        self.shared.kept().always = Some(manner);
    }

    /// What was sent so far, in the order in which it came whole.
    pub fn received(&self) -> Vec<Received> {
        self.shared.kept().received.clone()
    }

    /// Waits until so many calls came.
    ///
    /// # Panics
    /// When they do not come within half a minute.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        let few = |kept: &mut Kept| kept.received.len() < count;
        let waited = self.shared.came.wait_timeout_while(self.shared.kept(), PATIENCE, few);
        let (kept, _) = waited.expect("no holder of this lock can panic");
        assert!(kept.received.len() >= count, "{} of {count} calls came", kept.received.len());
        kept.received.clone()
    }
}

impl Drop for Outside {
    fn drop(&mut self) {
        self.shared.closed.store(true, Ordering::SeqCst);
        // The call that wakes the listener, so that it sees that it is closed.
        let _ = TcpStream::connect(self.addr);
        if let Some(accepting) = self.accepting.take() {
            let _ = accepting.join();
        }
    }
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    for stream in listener.incoming().map_while(Result::ok) {
        if shared.closed.load(Ordering::SeqCst) {
            return;
        }
        let shared = Arc::clone(shared);
        thread::spawn(move || serve(&shared, stream));
    }
}

/// Answers one connection's calls until either side hangs up.
fn serve(shared: &Shared, stream: TcpStream) {
    let mut stream = BufReader::new(stream);
    while let Some((first, headers, body)) = read_message(&mut stream) {
        let mut words = first.split(' ').map(str::to_owned);
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let manner = shared.take(Received { method, path, headers, body, wrong: None });
        if answer(&mut stream, &manner).is_none() {
            return;
        }
    }
}

impl Shared {
    /// Keeps what came; how to answer it.
    fn take(&self, mut received: Received) -> Manner {
        let mut kept = self.kept();
        let said = kept.check.as_ref().map_or(Ok(()), |check| check(&received));
        let manner = match said {
            Err(wrong) => {
                let answer = serde_json::json!({ "error": wrong }).to_string();
                received.wrong = Some(wrong);
                Manner::Answer(401, answer)
            }
            Ok(()) => {
                let told = kept.next.pop_front().or_else(|| kept.always.clone());
                told.unwrap_or_else(|| Manner::Answer(200, "{}".into()))
            }
        };
        kept.received.push(received);
        self.came.notify_all();
        manner
    }
}

/// Answers in this manner; nothing when the connection is over.
fn answer(stream: &mut BufReader<TcpStream>, manner: &Manner) -> Option<()> {
    let (status, body, sent) = match manner {
        Manner::Answer(status, body) => (status, body, body.len()),
        Manner::Half(status, body) => (status, body, body.len() / 2),
        Manner::HangUp => return None,
        Manner::Silent => {
            // Until the caller hangs up; what it still sends is of no interest.
            let _ = stream.read_to_end(&mut Vec::new());
            return None;
        }
    };
    let head = format!(
        "HTTP/1.1 {status} Told\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    let bytes = [head.as_bytes(), &body.as_bytes()[..sent]].concat();
    stream.get_mut().write_all(&bytes).ok()?;
    (sent == body.len()).then_some(())
}
