//! One uploaded file, taken in whole up to the limit, or refused with nothing kept.

use std::{
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use axum::{
    extract::{DefaultBodyLimit, FromRequest, Multipart, Request},
    http::Method,
};
use sha2::{Digest as _, Sha256};

use crate::{
    Form, Refused, State, Visitor,
    gate::{self, same_secret},
};

/// What may stand around the file: names, fields, marks.
const ENVELOPE: usize = 64 << 10;

/// A file and the fields that came with it.
#[derive(Debug)]
pub struct Upload {
    /// The name on the person's machine.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The other fields.
    pub form: Form,
    /// Of the file, made while it came in.
    sha256: [u8; 32],
}

/// A file that the gate has taken in, on its way to the handler, which takes it once.
#[derive(Clone)]
pub(crate) struct Received(Arc<Mutex<Option<Upload>>>);

impl Received {
    pub(crate) fn of(file: Upload) -> Self {
        Self(Arc::new(Mutex::new(Some(file))))
    }
    fn take(&self) -> Option<Upload> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The gate has read the body; this hands it over.
impl FromRequest<State> for Upload {
    type Rejection = Refused;

    async fn from_request(request: Request, _: &State) -> Result<Self, Refused> {
        let received = request.extensions().get::<Received>().and_then(Received::take);
        received.ok_or_else(|| Refused::fault(&"a handler takes a file on a route without one"))
    }
}

impl Upload {
    /// Reads the body and checks the form's secret.
    pub(crate) async fn receive(mut request: Request, state: &State) -> Result<Self, Refused> {
        let limit = state.site().upload_limit;
        let visitor = request.extensions().get::<Visitor>().cloned();
        let header = request.headers().get("x-csrf-token").cloned();
        let header = header.as_ref().and_then(|value| value.to_str().ok()).map(str::to_owned);
        // Without this the framework's own limit of 2 MB would hold.
        DefaultBodyLimit::max(limit + ENVELOPE).apply(&mut request);
        let mut parts = Multipart::from_request(request, state).await.map_err(|_| cut_off())?;
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut file: Option<(String, Vec<u8>, [u8; 32])> = None;
        while let Some(mut part) = parts.next_field().await.map_err(|why| broken(&why, limit))? {
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                Some(name) => {
                    let (mut bytes, mut hash) = (Vec::new(), Sha256::new());
                    while let Some(chunk) = part.chunk().await.map_err(|why| broken(&why, limit))? {
                        if bytes.len() + chunk.len() > limit {
                            return Err(Refused::TooLarge(limit));
                        }
                        hash.update(&chunk);
                        bytes.extend_from_slice(&chunk);
                    }
                    file = Some((name, bytes, hash.finalize().into()));
                }
                None => {
                    let text = part.text().await.map_err(|why| broken(&why, limit))?;
                    fields.push((field, text));
                }
            }
        }
        if fields.iter().any(|(_, value)| value.contains('\0')) {
            return Err(gate::nul());
        }
        let form = Form::of(fields);
        if let Some(secret) = visitor.and_then(|visitor| visitor.csrf) {
            let sent = header.unwrap_or_else(|| form.get("csrf_token").to_owned());
            if !same_secret(&sent, &secret) {
                return Err(Refused::StaleForm);
            }
        }
        match file {
            Some((name, bytes, sha256)) if !name.is_empty() => {
                Ok(Self { name, bytes, form, sha256 })
            }
            _ => Err(Refused::unprocessable(
                "no-file",
                "没有选文件，什么也没有写入。请先选一个文件。",
            )),
        }
    }

    /// The whole request without what changes from page to page, and from sending to sending: how
    /// the parts are divided.
    pub(crate) fn fingerprint(&self, method: &Method, path: &str) -> Vec<u8> {
        let mut hash = gate::begun(method, path);
        gate::add_fields(&mut hash, &self.form);
        hash.update((self.name.len() as u64).to_be_bytes());
        hash.update(&self.name);
        hash.update(self.sha256);
        hash.finalize().to_vec()
    }
}

/// Why a part did not come to its end; a file that breaks off has its own words.
fn broken(why: &(dyn Error + 'static), limit: usize) -> Refused {
    match Refused::body(why, limit) {
        Refused::Unprocessable { .. } => cut_off(),
        other => other,
    }
}

fn cut_off() -> Refused {
    Refused::unprocessable(
        "upload-cut-off",
        "文件没有传完就断了，什么也没有写入。请检查网络，再传一次。",
    )
}
