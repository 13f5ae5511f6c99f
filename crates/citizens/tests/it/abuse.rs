//! Many codes to one phone, from one network, many numbers on one device.

use std::net::SocketAddr;

use axum::{body::Body, http::Request};
use citizens::{NetworkRules, citizens_on, crowded_devices};
use serde_json::{Value, json};
use testkit::{
    TestDb,
    app::{Answer, TestApp},
};
use web::client::Peer;

use crate::{PHONE, app, app_with, ask, days, post, seconds};

testkit::on_both!(
    one_a_minute_and_the_third_within_the_hour_is_followed_by_a_question,
    two_who_ask_at_once_send_one_code,
    a_crowded_network_answers_questions_and_then_waits,
    an_answer_lets_one_pass,
    many_numbers_on_one_device_are_a_hint_and_refuse_nobody,
);

const CODES: &str = "/api/v1/citizen-codes";

/// The right choice, found as a person finds it: by knowing what a fruit is.
fn choice(question: &Value) -> u64 {
    let kinds = [
        ("水果", "苹果 香蕉 西瓜 橘子 葡萄"),
        ("动物", "小猫 小狗 公鸡 老牛 兔子"),
        ("衣服", "毛衣 裤子 裙子 外套 衬衫"),
        ("家具", "桌子 椅子 沙发 衣柜 书架"),
        ("车？", "汽车 公交车 自行车 卡车 三轮车"),
        ("餐具", "筷子 勺子 饭碗 盘子 杯子"),
    ];
    let text = question["text"].as_str().expect("a text");
    let (_, words) = kinds.iter().find(|(kind, _)| text.contains(kind)).expect("a kind");
    let choices = question["choices"].as_array().expect("choices");
    let right = |word: &Value| words.split(' ').any(|one| Some(one) == word.as_str());
    u64::try_from(choices.iter().position(right).expect("a right word")).expect("a few")
}

async fn question(app: &TestApp) -> Value {
    app.visitor().get("/api/v1/citizen-questions").await.json()
}

fn answered(phone: &str, question: &Value, choice: u64) -> Value {
    json!({ "phone": phone, "consent": 1, "question": question["id"], "choice": choice })
}

async fn one_a_minute_and_the_third_within_the_hour_is_followed_by_a_question(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    assert_eq!(ask(&browser, PHONE).await.status, 303);
    let page = ask(&browser, PHONE).await;
    assert_eq!((page.status, page.header("retry-after")), (429, "60"));
    assert!(page.has("一分钟里最多发 1 条") && page.has("请过 60 秒再试"), "{}", page.body);
    for _ in 0..2 {
        app.db.clock.advance(seconds(60));
        assert_eq!(ask(&browser, PHONE).await.status, 303);
    }
    app.db.clock.advance(seconds(60));
    let page = ask(&browser, PHONE).await;
    assert_eq!(page.status, 422);
    assert!(page.has("下面哪一个是") && page.has("type=\"radio\""), "{}", page.body);
    assert!(page.has("checked") && page.has(PHONE), "what was filled in stays: {}", page.body);
    let shown = json!({
        "id": page.between("name=\"question\" value=\"", "\""),
        "text": page.between("<legend>", "</legend>"),
        "choices": page.body.split("required><span>").skip(1)
            .map(|rest| rest.split('<').next()).collect::<Vec<_>>(),
    });
    let right = choice(&shown).to_string();
    let id = shown["id"].as_str().expect("an id");
    let fields = [("phone", PHONE), ("consent", "1"), ("question", id), ("choice", &right)];
    let sent = browser.post("/c/codes", &fields).await;
    assert_eq!(sent.status, 303, "{}", sent.body);
    let told = crate::told(&app).await;
    assert_eq!(told.matches("verb: \"citizen.code_asked\"").count(), 4, "refusals leave nothing");
}

async fn two_who_ask_at_once_send_one_code(db: TestDb) {
    let app = app(db);
    let asks: Vec<_> = (0..6)
        .map(|_| {
            let app = app.clone();
            let asked = json!({ "phone": PHONE, "consent": 1 });
            tokio::spawn(async move { post(&app, CODES, &asked).await.status })
        })
        .collect();
    let mut statuses = Vec::new();
    for one in asks {
        statuses.push(one.await.expect("an answer"));
    }
    statuses.sort_unstable();
    assert_eq!(statuses, [202, 429, 429, 429, 429, 429]);
    assert_eq!(app.send_codes().await.len(), 1);
}

async fn from(app: &TestApp, address: [u8; 4], asked: &Value) -> Answer {
    let request = Request::post(CODES)
        .extension(Peer(SocketAddr::from((address, 4711))))
        .header("content-type", "application/json");
    app.send(request.body(Body::from(asked.to_string())).expect("a request")).await
}

async fn a_crowded_network_answers_questions_and_then_waits(db: TestDb) {
    let networks = NetworkRules { question_from: 2, most: 5 };
    let app = app_with(db, |settings| citizens::Settings { networks, ..settings });
    let plain = |no: u32| json!({ "phone": format!("1381234{no:04}"), "consent": 1 });
    assert_eq!(from(&app, [192, 0, 2, 1], &plain(1)).await.status, 202);
    assert_eq!(from(&app, [192, 0, 2, 2], &plain(2)).await.status, 202);
    let third = from(&app, [192, 0, 2, 3], &plain(3)).await;
    assert_eq!((third.status, &third.json()["title"]), (422, &json!("question-needed")));
    let asked = question(&app).await;
    let wrong = answered("13812340003", &asked, (choice(&asked) + 1) % 4);
    let fourth = from(&app, [192, 0, 2, 3], &wrong).await;
    assert_eq!(fourth.json()["title"], "wrong-answer");
    let right = answered("13812340003", &asked, choice(&asked));
    assert_eq!(from(&app, [192, 0, 2, 3], &right).await.status, 202);
    let sixth = from(&app, [192, 0, 2, 4], &plain(4)).await;
    assert_eq!((sixth.status, sixth.header("retry-after")), (429, "600"));
    assert_eq!(from(&app, [198, 51, 100, 7], &plain(5)).await.status, 202, "others go on");
    app.db.clock.advance(seconds(600));
    assert_eq!(from(&app, [192, 0, 2, 4], &plain(4)).await.status, 202);
}

async fn an_answer_lets_one_pass(db: TestDb) {
    let networks = NetworkRules { question_from: 0, most: 100 };
    let app = app_with(db, |settings| citizens::Settings { networks, ..settings });
    let asked = question(&app).await;
    let right = choice(&asked);
    let first = from(&app, [192, 0, 2, 1], &answered("13812340001", &asked, right)).await;
    assert_eq!(first.status, 202, "{}", first.body);
    let second = from(&app, [192, 0, 2, 1], &answered("13812340002", &asked, right)).await;
    assert_eq!(second.json()["title"], "wrong-answer", "an answer passes once");
    let asked = question(&app).await;
    app.db.clock.advance(seconds(900));
    let late = answered("13812340003", &asked, choice(&asked));
    assert_eq!(from(&app, [192, 0, 2, 1], &late).await.json()["title"], "wrong-answer");
}

async fn many_numbers_on_one_device_are_a_hint_and_refuse_nobody(db: TestDb) {
    let app = app(db);
    let browser = app.visitor();
    for no in 1..=4 {
        let phone = format!("1381234000{no}");
        assert_eq!(ask(&browser, &phone).await.status, 303);
        let code = app.newest_code(&phone).await;
        assert_eq!(browser.post("/c/login", &[("code", &code)]).await.status, 303, "{no}");
        browser.get("/c/me").await;
        assert_eq!(browser.post("/c/logout", &[]).await.location(), "/c/login?done=left");
    }
    app.citizen_browser("13812340005").await;
    let cx = app.db.cx();
    let mut tx = app.db.read().await.expect("a read");
    let crowded = crowded_devices(&mut tx, &cx).await.expect("a list");
    assert_eq!(crowded.len(), 4, "the fifth has a device of its own: {crowded:?}");
    assert!(crowded.iter().all(|(_, count)| *count == 4));
    let word = browser.cookie("tongpin-device").expect("a device has a word");
    let hint = {
        let mut headers = axum::http::HeaderMap::new();
        headers.insert("cookie", format!("tongpin-device={word}").parse().expect("a cookie"));
        citizens::device_hint(&ask_of(&app), &headers).expect("a hint")
    };
    assert_eq!(citizens_on(&mut tx, &cx, hint).await.expect("a count"), 4);
    drop(tx);
    app.db.clock.advance(days(31));
    let cx = app.db.cx();
    citizens::forget_old(&app.state, &cx).await.expect("a sweep");
    let mut tx = app.db.read().await.expect("a read");
    assert_eq!(crowded_devices(&mut tx, &cx).await.expect("a list"), []);
    assert_eq!(citizens_on(&mut tx, &cx, hint).await.expect("a count"), 0);
}

fn ask_of(app: &TestApp) -> web::Ask {
    web::Ask {
        state: app.state.clone(),
        cx: app.db.cx(),
        reader: web::ask::Reader::default(),
        csrf: String::new(),
        path: String::new(),
        query: String::new(),
        fragment: false,
        said: None,
    }
}
