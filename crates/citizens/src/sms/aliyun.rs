//! Alibaba Cloud's Short Message Service: `SendSms` of 2017-05-25 under the signature
//! ACS3-HMAC-SHA256, as its documentation says
//! (<https://help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature>).

use std::{fmt::Write as _, time::Duration};

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::Timestamp;
use kernel::{Cx, Phone};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};
use ureq::{Agent, Error, Timeout};

use super::{KeySecret, Unsent};
use crate::hex::hex;

/// The largest answer that is read, in bytes; a right one has a few hundred.
const ANSWER_LIMIT: u64 = 16 << 10;

/// Where the gateway is, and who we are to it.
#[derive(Clone, Debug)]
pub struct Gateway {
    /// `https://dysmsapi.aliyuncs.com`, without a path.
    pub endpoint: String,
    /// The access key's id.
    pub key_id: String,
    /// The access key's secret.
    pub key_secret: KeySecret,
    /// The approved signature (短信签名) that messages begin with.
    pub sign_name: String,
    /// The approved template: `SMS_…`.
    pub template: String,
    /// What the template calls the code.
    pub parameter: String,
    /// How long one call may take in all.
    pub patience: Duration,
}

/// What the gateway answers.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    code: String,
}

impl Gateway {
    /// Sends a code; tries once more when the gateway was not reached at all.
    pub(super) fn send(&self, cx: &Cx, phone: &Phone, code: &str) -> Result<(), Unsent> {
        match self.send_once(cx, phone, code) {
            Err(Unsent::Unreached(_)) => self.send_once(cx, phone, code),
            other => other,
        }
    }

    fn send_once(&self, cx: &Cx, phone: &Phone, code: &str) -> Result<(), Unsent> {
        let parameters = serde_json::json!({ &self.parameter: code }).to_string();
        let query = canonical_query(&[
            ("PhoneNumbers", phone.expose()),
            ("SignName", &self.sign_name),
            ("TemplateCode", &self.template),
            ("TemplateParam", &parameters),
        ]);
        let endpoint = self.endpoint.trim_end_matches('/');
        let host = endpoint.split_once("://").map_or(endpoint, |(_, host)| host);
        let signed = Signed::of(cx, host, &query);
        let config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(self.patience))
            .build();
        let mut request = config.new_agent().post(format!("{endpoint}/?{query}"));
        for (name, value) in &signed.headers {
            request = request.header(*name, value);
        }
        let authorization = signed.authorization(&self.key_id, &self.key_secret.0);
        let answered = request.header("authorization", authorization).send_empty();
        let mut answer = answered.map_err(|why| unsent(&why))?;
        let status = answer.status().as_u16();
        let body = answer.body_mut().with_config().limit(ANSWER_LIMIT).read_to_vec();
        let body = body.map_err(|why| unsent(&why))?;
        judge(status, &body)
    }
}

/// What an answer means. A refusal names its reason in `Code`; a broken one may have sent.
fn judge(status: u16, body: &[u8]) -> Result<(), Unsent> {
    let Ok(Answer { code }) = serde_json::from_slice(body) else {
        return Err(Unsent::Unsure(format!("status {status}, no JSON with a Code")));
    };
    // The gateway's own words, bounded, go into the log: letters and dots alone, so that no number
    // that it might repeat does.
    let word: String =
        code.chars().filter(|one| one.is_ascii_alphabetic() || *one == '.').collect();
    let word: String = word.chars().take(60).collect();
    match status {
        200 if code == "OK" => Ok(()),
        500.. => Err(Unsent::Unsure(format!("status {status}, {word}"))),
        _ => Err(Unsent::Refused(word)),
    }
}

/// Whether the gateway may have heard us. Our own words: a library's might hold the address.
fn unsent(why: &Error) -> Unsent {
    use std::io::ErrorKind::{ConnectionRefused, HostUnreachable, NetworkDown, NetworkUnreachable};
    let unreached = |why: &str| Unsent::Unreached(why.into());
    match why {
        Error::HostNotFound => unreached("its name is not known"),
        Error::Timeout(Timeout::Resolve | Timeout::Connect) => unreached("it did not pick up"),
        Error::ConnectionFailed | Error::ConnectProxyFailed(_) => unreached("no connection"),
        Error::Tls(_) | Error::Rustls(_) => unreached("its certificate was not accepted"),
        Error::Io(io)
            if matches!(
                io.kind(),
                ConnectionRefused | HostUnreachable | NetworkDown | NetworkUnreachable
            ) =>
        {
            unreached("no connection")
        }
        Error::BadUri(_) | Error::InvalidProxyUrl => {
            Unsent::Refused("a wrong address is set".into())
        }
        Error::Timeout(_) => Unsent::Unsure("it took too long".into()),
        _ => Unsent::Unsure("the connection broke".into()),
    }
}

/// What is signed of a request without a body.
struct Signed {
    headers: [(&'static str, String); 6],
    /// The canonical request's hash.
    hash: String,
}

impl Signed {
    fn of(cx: &Cx, host: &str, query: &str) -> Self {
        let nonce = hex(&cx.random::<16>());
        Self::made_of(["SendSms", "2017-05-25"], cx.now, &nonce, host, query)
    }

    fn made_of(
        [action, version]: [&str; 2],
        now: Timestamp,
        nonce: &str,
        host: &str,
        query: &str,
    ) -> Self {
        let nothing = hex(&Sha256::digest([]));
        // In the order of their names, as the signature takes them.
        let headers = [
            ("host", host.to_owned()),
            ("x-acs-action", action.to_owned()),
            ("x-acs-content-sha256", nothing.clone()),
            ("x-acs-date", now.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()),
            ("x-acs-signature-nonce", nonce.to_owned()),
            ("x-acs-version", version.to_owned()),
        ];
        let mut lines = String::new();
        for (name, value) in &headers {
            // Writing to a String cannot fail.
            let _ = writeln!(lines, "{name}:{value}");
        }
        let request = format!("POST\n/\n{query}\n{lines}\n{}\n{nothing}", names(&headers));
        Self { hash: hex(&Sha256::digest(request)), headers }
    }

    fn authorization(&self, key_id: &str, key_secret: &str) -> String {
        // HMAC takes a key of any length.
        let mut mac = Hmac::<Sha256>::new_from_slice(key_secret.as_bytes())
            .unwrap_or_else(|never| unreachable!("{never}"));
        mac.update(b"ACS3-HMAC-SHA256\n");
        mac.update(self.hash.as_bytes());
        let signature = hex(&mac.finalize().into_bytes());
        let names = names(&self.headers);
        format!("ACS3-HMAC-SHA256 Credential={key_id},SignedHeaders={names},Signature={signature}")
    }
}

fn names(headers: &[(&'static str, String)]) -> String {
    headers.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(";")
}

/// Names and values escaped and in the order of their names, which must be given so.
fn canonical_query(pairs: &[(&str, &str)]) -> String {
    debug_assert!(pairs.is_sorted_by_key(|(name, _)| *name), "parameters go by name");
    let pair = |(name, value): &(&str, &str)| format!("{}={}", escaped(name), escaped(value));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// RFC 3986: letters, digits, `-`, `_`, `.` and `~` stay.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the documentation, whose signature it gives.
    #[test]
    fn the_documented_example_is_signed_as_documented() {
        let query = canonical_query(&[
            ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
            ("RegionId", "cn-shanghai"),
        ]);
        let at = "2023-10-26T10:22:32Z".parse().expect("an instant");
        let nonce = "3156853299f313e23d1673dc12e1703d";
        let host = "ecs.cn-shanghai.aliyuncs.com";
        let signed = Signed::made_of(["RunInstances", "2014-05-26"], at, nonce, host, &query);
        let expected = "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259";
        assert_eq!(signed.hash, expected);
        assert_eq!(
            signed.authorization("YourAccessKeyId", "YourAccessKeySecret"),
            "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;\
             x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;x-acs-version,\
             Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0"
        );
    }

    #[test]
    fn values_are_escaped_as_the_signature_asks() {
        assert_eq!(escaped("a b*~+/市"), "a%20b%2A~%2B%2F%E5%B8%82");
    }

    #[test]
    fn only_ok_is_sent_and_what_is_unclear_stays_unclear() {
        assert_eq!(judge(200, br#"{"Code":"OK","BizId":"1"}"#), Ok(()));
        let limit = br#"{"Code":"isv.BUSINESS_LIMIT_CONTROL 13812341234"}"#;
        assert_eq!(judge(200, limit), Err(Unsent::Refused("isv.BUSINESSLIMITCONTROL".into())));
        assert!(matches!(judge(403, br#"{"Code":"Forbidden"}"#), Err(Unsent::Refused(_))));
        for (status, body) in [(200, &b"<html>"[..]), (500, br#"{"Code":"OK"}"#), (200, b"{}")] {
            assert!(matches!(judge(status, body), Err(Unsent::Unsure(_))), "{status}");
        }
    }
}
