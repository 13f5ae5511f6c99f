//! Work in the background: what waits, what runs, what gave up.

use askama::Template;
use axum::{
    extract::{Path, Query},
    response::{IntoResponse as _, Redirect},
};
use db::job::{self, Job, JobId};
use serde::Deserialize;
use web::{Answer, Ask, Page, Refused, filters, html};

use super::shown::moment;
use crate::policy::manage;

#[derive(Template)]
#[template(path = "jobs.html")]
struct JobsPage {
    page: Page,
    lists: Vec<List>,
}

struct List {
    anchor: &'static str,
    title: &'static str,
    /// What to read when there is none.
    none: &'static str,
    is_dead: bool,
    jobs: Vec<Line>,
}

struct Line {
    id: String,
    kind: String,
    asked: String,
    turn: String,
    tries: i64,
    why: String,
}

#[derive(Deserialize)]
pub(crate) struct Done {
    #[serde(default)]
    done: String,
}

/// Jobs of one state on the page.
const LINES: i64 = 50;

const LISTS: [(&str, &str, &str); 3] = [
    ("dead", "办不成、停下来的", "没有停下来的。"),
    ("running", "正在办", "现在没有在办的。"),
    ("waiting", "排着队", "没有排队的。"),
];

/// `GET /jobs`
pub(crate) async fn show(ask: Ask, Query(Done { done }): Query<Done>) -> Answer {
    manage(&ask.cx.actor)?;
    let mut lists = Vec::new();
    let mut tx = ask.db().read().await?;
    for (state, title, none) in LISTS {
        let jobs = job::list(&mut tx, state, LINES).await?;
        let jobs = jobs.into_iter().map(line).collect();
        lists.push(List { anchor: state, title, none, is_dead: state == "dead", jobs });
    }
    drop(tx);
    let mut frame = ask.page("后台任务", "/jobs");
    frame.said = (done == "revived").then_some("已重新排队，很快会再办。");
    html(&ask, &JobsPage { page: frame, lists })
}

fn line(job: Job) -> Line {
    Line {
        id: job.id.to_string(),
        kind: job.kind,
        asked: moment(job.created_at),
        turn: moment(job.run_at),
        tries: job.attempt_count,
        why: job.last_error.unwrap_or_default(),
    }
}

/// `POST /jobs/{id}/revivals`
pub(crate) async fn revive(ask: Ask, Path(id): Path<String>) -> Answer {
    manage(&ask.cx.actor)?;
    let id: JobId = id.parse().map_err(|_| Refused::NotFound)?;
    let mut tx = ask.db().write().await?;
    if !job::revive(&mut tx, &ask.cx, id).await? {
        return Err(Refused::NotFound);
    }
    tx.commit().await?;
    Ok(Redirect::to("/jobs?done=revived").into_response())
}
