//! The security headers are on every answer, and no template goes around the policy.

use testkit::{TestDb, on_both};

use crate::{site::site, tidy::source::files};

on_both!(every_answer_carries_the_headers);

async fn every_answer_carries_the_headers(db: TestDb) {
    let visitor = site(db).visitor();
    let style = web::assets::href("desk.css");
    let paths = ["/", "/login", "/healthz", "/nothing", "/units", &style, "/api/v1/nothing"];
    for path in paths {
        let answered = visitor.get(path).await;
        let policy = answered.header("content-security-policy");
        assert!(policy.contains("default-src 'none'"), "{path}: {policy}");
        assert!(!policy.contains("unsafe"), "{path}: {policy}");
        assert_eq!(answered.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answered.header("x-frame-options"), "DENY", "{path}");
        assert_eq!(answered.header("referrer-policy"), "same-origin", "{path}");
        let is_asset = path.starts_with("/assets/");
        assert_eq!(answered.header("cache-control").contains("immutable"), is_asset, "{path}");
        if answered.header("content-type").starts_with("text/html") {
            assert_eq!(answered.header("cache-control"), "no-store", "{path}");
        }
    }
}

on_both!(refusals_are_dressed_for_who_asked);

async fn refusals_are_dressed_for_who_asked(db: TestDb) {
    let visitor = site(db).visitor();
    let page = visitor.get("/nothing").await;
    assert_eq!(page.status, 404);
    assert!(page.header("content-type").starts_with("text/html"), "{:?}", page.headers);
    let problem = visitor.get("/api/v1/nothing").await;
    assert_eq!(problem.status, 404);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    let text = problem.json();
    assert_eq!(text["status"], 404);
    assert_eq!(text["type"], "urn:tongpin:not-found");
    assert_eq!(visitor.get("/").await.header("location"), "/login");
}

/// The policy would refuse these in the browser, silently: better to find them here.
#[test]
fn no_template_has_inline_style_or_script() {
    let mut complaints = Vec::new();
    for file in files().iter().filter(|file| file.ending() == "html" && file.source_of().is_some())
    {
        for (no, line) in file.lines() {
            let low = line.to_lowercase();
            let inline = low.contains("<style")
                || low.contains(" style=")
                || low.contains("javascript:")
                || low.match_indices("<script").any(|(at, _)| !low[at..].contains("src="))
                || low.split_whitespace().any(is_handler);
            if inline {
                complaints.push(format!("{}:{no}: {}", file.path, line.trim()));
            }
        }
    }
    assert!(complaints.is_empty(), "inline style or script:\n{}", complaints.join("\n"));
}

/// `onclick="…"` and its kind.
fn is_handler(word: &str) -> bool {
    let name = word.split('=').next().unwrap_or_default();
    word.contains("=\"") && name.len() > 4 && name.starts_with("on") && name != "one"
}
