//! The client of the SMS gateway, against one that checks the signature and misbehaves.

use std::{fmt::Write as _, time::Duration};

use citizens::{Gateway, KeySecret, Settings, Sms};
use serde_json::json;
use testkit::{
    TestDb,
    app::TestApp,
    outside::{Manner, Outside, Received, hmac_sha256},
};

use crate::{PHONE, app_with, ask, seconds, told};

testkit::on_both!(
    a_code_is_sent_once_and_signed_as_documented,
    a_refusal_and_a_silence_are_told_and_not_repeated,
    a_gateway_that_is_not_there_is_tried_again_until_the_code_is_too_old,
    a_newer_code_replaces_one_that_waits,
);

const SECRET: &str = "the-secret";

fn app_of(db: TestDb, endpoint: String) -> TestApp {
    let gateway = Gateway {
        endpoint,
        key_id: "the-id".into(),
        key_secret: KeySecret(SECRET.into()),
        sign_name: "昆山 同频".into(),
        template: "SMS_1*1".into(),
        parameter: "code".into(),
        // Long enough for a busy machine, and nobody waits for it but those who want to.
        patience: Duration::from_millis(700),
    };
    app_with(db, |settings| Settings { sms: Sms::Gateway(gateway), ..settings })
}

/// As the documentation tells the gateway to check it.
fn check(sent: &Received) -> Result<(), String> {
    let (path, query) = sent.path.split_once('?').ok_or("no query")?;
    let names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;x-acs-signature-nonce;\
                 x-acs-version";
    let headers: Vec<_> =
        names.split(';').map(|name| format!("{name}:{}\n", sent.header(name))).collect();
    let headers = headers.concat();
    let hash = sent.header("x-acs-content-sha256");
    let request = format!("{}\n{path}\n{query}\n{headers}\n{names}\n{hash}", sent.method);
    let hashed = hex_sha256(request.as_bytes());
    let signature =
        hmac_sha256(SECRET.as_bytes(), format!("ACS3-HMAC-SHA256\n{hashed}").as_bytes());
    let wanted =
        format!("ACS3-HMAC-SHA256 Credential=the-id,SignedHeaders={names},Signature={signature}");
    let given = sent.header("authorization");
    if given == wanted && hash == hex_sha256(&sent.body) {
        Ok(())
    } else {
        Err(format!("`{given}` rather than `{wanted}` over {request}"))
    }
}

fn hex_sha256(bytes: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(bytes).iter().fold(String::new(), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn good() -> Manner {
    Manner::good(&json!({ "Code": "OK", "Message": "OK", "RequestId": "1", "BizId": "2" }))
}

async fn a_code_is_sent_once_and_signed_as_documented(db: TestDb) {
    let gateway = Outside::open();
    gateway.checks(Box::new(check));
    gateway.always(good());
    let app = app_of(db, gateway.url("/"));
    let browser = app.visitor();
    let asked = ask(&browser, PHONE).await;
    assert!(gateway.received().is_empty(), "no request waits for the gateway");
    assert_eq!(app.send_codes().await, [Ok(())]);
    // The same job again, as after a crash before it was recorded as done.
    assert_eq!(app.send_codes().await, [Ok(())]);
    let [sent] = &gateway.received()[..] else { panic!("one message") };
    assert_eq!(sent.wrong, None);
    assert_eq!((&*sent.method, sent.header("x-acs-action")), ("POST", "SendSms"));
    assert_eq!(sent.header("x-acs-version"), "2017-05-25");
    assert_eq!(sent.header("x-acs-date"), "2021-10-20T00:00:00Z");
    assert_eq!(sent.header("x-acs-signature-nonce").len(), 32);
    let query = format!(
        "/?PhoneNumbers={PHONE}&SignName=%E6%98%86%E5%B1%B1%20%E5%90%8C%E9%A2%91\
         &TemplateCode=SMS_1%2A1&TemplateParam=%7B%22code%22%3A%22"
    );
    let code = sent.path.strip_prefix(&query).expect("the parameters").trim_end_matches("%22%7D");
    assert!(!browser.get(asked.location()).await.has("demo-sms"), "this is no demo");
    assert_eq!(browser.post("/c/login", &[("code", code)]).await.status, 303);
    let told = told(&app).await;
    assert!(!told.contains(PHONE) && !told.contains(code), "no job and no journal says them");
}

async fn a_refusal_and_a_silence_are_told_and_not_repeated(db: TestDb) {
    let gateway = Outside::open();
    let app = app_of(db, gateway.url(""));
    let refused = "短信没有发出";
    let unsure = "短信可能没有发出";
    let limit = Manner::good(&json!({ "Code": "isv.BUSINESS_LIMIT_CONTROL", "Message": "x" }));
    let half = Manner::Half(200, json!({ "Code": "OK" }).to_string());
    let manners = [
        (limit, refused),
        (Manner::Answer(400, json!({ "Code": "MissingSignName" }).to_string()), refused),
        (Manner::Answer(500, "busy".into()), unsure),
        (Manner::no_json(), unsure),
        (half, unsure),
        (Manner::HangUp, unsure),
        (Manner::Silent, unsure),
    ];
    for (no, (manner, word)) in manners.into_iter().enumerate() {
        gateway.next(manner.clone());
        let (browser, phone) = (app.visitor(), format!("1381234000{no}"));
        let asked = ask(&browser, &phone).await;
        app.send_codes().await;
        app.send_codes().await;
        assert_eq!(gateway.received().len(), no + 1, "{manner:?} is not called again");
        let page = browser.get(asked.location()).await;
        assert!(page.has(word), "{manner:?}: {}", page.body);
    }
}

async fn a_gateway_that_is_not_there_is_tried_again_until_the_code_is_too_old(db: TestDb) {
    let gateway = Outside::open();
    let address = gateway.url("");
    drop(gateway);
    let app = app_of(db, address);
    let browser = app.visitor();
    let asked = ask(&browser, PHONE).await;
    for _ in 0..2 {
        let [Err(why)] = &app.send_codes().await[..] else { panic!("it fails, for the worker") };
        assert!(why.contains("not reached") && !why.contains(PHONE), "{why}");
    }
    let page = browser.get(asked.location()).await;
    assert!(!page.has("短信没有发出"), "it may still come: {}", page.body);
    app.db.clock.advance(seconds(271));
    assert_eq!(app.send_codes().await, [Ok(())], "there is no use in it any more");
    assert!(browser.get(asked.location()).await.has("短信没有发出"));
}

async fn a_newer_code_replaces_one_that_waits(db: TestDb) {
    let gateway = Outside::open();
    gateway.always(good());
    let app = app_of(db, gateway.url(""));
    let browser = app.visitor();
    ask(&browser, PHONE).await;
    app.db.clock.advance(seconds(60));
    ask(&browser, PHONE).await;
    assert_eq!(app.send_codes().await.len(), 2);
    assert_eq!(gateway.received().len(), 1, "the older message is of no use");
}
