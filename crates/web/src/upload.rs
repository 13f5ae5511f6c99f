//! One uploaded file, taken in whole up to the limit, or refused with nothing kept.

use axum::extract::{FromRequest, Multipart, Request};

use crate::{
    Form, Refused, State, Visitor,
    gate::{self, same_secret},
};

/// A file and the fields that came with it.
#[derive(Debug)]
pub struct Upload {
    /// The name on the person's machine.
    pub name: String,
    /// What it holds.
    pub bytes: Vec<u8>,
    /// The other fields.
    pub form: Form,
}

impl FromRequest<State> for Upload {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &State) -> Result<Self, Refused> {
        let limit = state.site().upload_limit;
        let visitor = request.extensions().get::<Visitor>().cloned();
        let header = request.headers().get("x-csrf-token").cloned();
        let header = header.as_ref().and_then(|value| value.to_str().ok()).map(str::to_owned);
        let mut parts = Multipart::from_request(request, state).await.map_err(|_| broken())?;
        let mut fields: Vec<(String, String)> = Vec::new();
        let mut file: Option<(String, Vec<u8>)> = None;
        while let Some(mut part) = parts.next_field().await.map_err(|_| broken())? {
            let field = part.name().unwrap_or_default().to_owned();
            match part.file_name().map(str::to_owned) {
                Some(name) => {
                    let mut bytes = Vec::new();
                    while let Some(chunk) = part.chunk().await.map_err(|_| broken())? {
                        if bytes.len() + chunk.len() > limit {
                            return Err(Refused::TooLarge(limit));
                        }
                        bytes.extend_from_slice(&chunk);
                    }
                    file = Some((name, bytes));
                }
                None => fields.push((field, part.text().await.map_err(|_| broken())?)),
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
            Some((name, bytes)) if !name.is_empty() => Ok(Self { name, bytes, form }),
            _ => Err(Refused::unprocessable(
                "no-file",
                "没有选文件，什么也没有写入。请先选一个文件。",
            )),
        }
    }
}

fn broken() -> Refused {
    Refused::unprocessable(
        "upload-cut-off",
        "文件没有传完就断了，什么也没有写入。请检查网络，再传一次。",
    )
}
