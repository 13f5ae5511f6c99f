//! The stand-in that misbehaves, the clients that ask it, and the load of many of them.

use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::json;
use testkit::{
    load::{Go, Load},
    outside::{Manner, Outside, hmac_sha256, signed_by},
    wire::{Ask, Client},
};

fn client(of: &Outside) -> Client {
    Client::new(&of.addr(), Vec::new())
}

#[test]
fn it_answers_and_keeps_what_it_was_sent() {
    let outside = Outside::open();
    let asked = Ask::json("POST", "/send?to=1", &json!({ "text": "验证码 1234" }));
    let answer = client(&outside).ask(&asked.with("X-Trace", "7")).expect("it answers");
    assert_eq!((answer.status, answer.json()), (200, json!({})));
    let received = &outside.wait_for(1)[0];
    assert_eq!((&*received.method, &*received.path), ("POST", "/send?to=1"));
    assert_eq!(received.json()["text"], "验证码 1234");
    assert_eq!((received.header("x-trace"), &received.wrong), ("7", &None));
    assert!(outside.url("/send").starts_with("http://127.0.0.1:"));
}

#[test]
fn manners_come_in_the_order_told_and_then_the_lasting_one() {
    let outside = Outside::open();
    outside.always(Manner::good(&json!({ "code": "OK" })));
    outside.next(Manner::Answer(500, "busy".into()));
    outside.next(Manner::HangUp);
    outside.next(Manner::Half(200, json!({ "code": "OK" }).to_string()));
    outside.next(Manner::no_json());
    let mut client = client(&outside);
    let mut ask = || client.ask(&Ask::get("/"));
    let busy = ask().expect("an answer");
    assert_eq!((busy.status, &*busy.text()), (500, "busy"));
    assert!(ask().is_none(), "it hung up");
    assert!(ask().is_none(), "half an answer is none");
    let page = ask().expect("an answer");
    assert!(serde_json::from_slice::<serde_json::Value>(&page.body).is_err());
    for _ in 0..2 {
        assert_eq!(ask().expect("an answer").json()["code"], "OK");
    }
    assert_eq!(outside.received().len(), 6, "each call was kept, answered or not");
}

#[test]
fn silence_ends_when_the_caller_gives_up() {
    use std::{io::Read as _, io::Write as _, net::TcpStream, time::Duration};
    let outside = Outside::open();
    outside.next(Manner::Silent);
    let mut stream = TcpStream::connect(outside.addr()).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_millis(1))).expect("a patience");
    stream.write_all(b"GET / HTTP/1.1\r\n\r\n").expect("it reads");
    outside.wait_for(1);
    let kind = stream.read(&mut [0; 1]).expect_err("no answer, and no end either").kind();
    assert!(matches!(kind, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut));
    drop(stream);
    assert_eq!(client(&outside).ask(&Ask::get("/")).expect("others are answered").status, 200);
}

#[test]
fn what_is_signed_wrong_is_refused_and_kept_as_such() {
    let outside = Outside::open();
    outside.checks(signed_by("X-Signature", "key", |sent| sent.body.clone()));
    let asked = Ask::json("POST", "/send", &json!({ "a": 1 }));
    let right = hmac_sha256(b"key", br#"{"a":1}"#);
    let mut client = client(&outside);
    let good = client.ask(&asked.clone().with("X-Signature", &right)).expect("an answer");
    assert_eq!(good.status, 200);
    for wrong in [asked.clone(), asked.with("X-Signature", &hmac_sha256(b"other", b"{}"))] {
        let answer = client.ask(&wrong).expect("an answer");
        assert_eq!(answer.status, 401);
        assert!(answer.json()["error"].as_str().expect("a reason").contains("X-Signature"));
    }
    let wrong: Vec<bool> = outside.received().iter().map(|one| one.wrong.is_some()).collect();
    assert_eq!(wrong, [false, true, true]);
}

/// RFC 4231, test case 2.
#[test]
fn hmac_is_that_of_the_standard() {
    let mac = hmac_sha256(b"Jefe", b"what do ya want for nothing?");
    assert_eq!(mac, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

#[test]
fn a_load_asks_each_turn_once_over_connections_that_stay() {
    let outside = Outside::open();
    let load = Load { clients: 8, asks: 200 };
    let told = load.run(&client(&outside), |turn| Ask::get(format!("/{turn}")));
    assert_eq!(told.iter().map(|one| one.turn).collect::<Vec<_>>(), (0..200).collect::<Vec<_>>());
    assert!(told.iter().all(|one| one.status() == Some(200) && one.client < 8));
    let mut paths: Vec<String> = outside.received().into_iter().map(|one| one.path).collect();
    paths.sort_unstable();
    paths.dedup();
    assert_eq!(paths.len(), 200);
}

#[test]
fn a_load_ends_with_its_server_or_when_told() {
    let outside = Outside::open();
    outside.always(Manner::HangUp);
    let load = Load { clients: 4, asks: 1_000 };
    let told = load.run(&client(&outside), |_| Ask::get("/"));
    assert_eq!(told.len(), 4, "a client that gets no answer asks no more");
    assert!(told.iter().all(|one| one.answer.is_none()));
    outside.always(Manner::good(&json!({})));
    let seen = AtomicUsize::new(0);
    let told = load.run_watched(
        &client(&outside),
        |_| Ask::get("/"),
        |_| {
            if seen.fetch_add(1, Ordering::Relaxed) == 49 { Go::Stop } else { Go::On }
        },
    );
    assert_eq!(told.len(), seen.load(Ordering::Relaxed));
    assert!((50..=54).contains(&told.len()), "{}", told.len());
}
