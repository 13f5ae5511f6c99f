//! `GET /campaigns/{id}/poster`: one sheet of A4 with the code of the public page.

use askama::Template;
use axum::{
    extract::Path,
    http::{HeaderMap, header},
};
use web::{Answer, Ask, Page, Refused, filters, html};

use crate::{
    Campaign, SubEvent,
    pages::{
        festival::{frame, hosts, phone, pick},
        frame::sight,
        qr::Qr,
        times::stretch,
    },
    sub_events,
};

#[derive(Template)]
#[template(path = "poster.html")]
struct View {
    page: Page,
    campaign: Campaign,
    name: String,
    about: String,
    phone: String,
    hosts: Vec<(&'static str, Vec<String>)>,
    events: Vec<(String, String, String)>,
    link: String,
    code: Qr,
}

/// Shows the poster of a campaign with a public page.
pub(crate) async fn show(ask: Ask, Path(id): Path<String>, headers: HeaderMap) -> Answer {
    let mut tx = ask.db().read().await?;
    let sight = sight(&ask, &mut tx, &id).await?;
    let one = sight.campaign;
    if !one.is_public() {
        return Err(Refused::unprocessable(
            "not-public",
            "活动还没有批准，公开页还没有，海报印了也扫不开。请等批准以后再印。",
        ));
    }
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let link = link(host, &one.slug);
    let code = Qr::of(&link, ask.t("扫码看活动")).ok_or(Refused::BadQuery("host"))?;
    let all = sub_events(&mut tx, one.id).await?;
    let shown = |event: &SubEvent| {
        let name = pick(&ask, &event.name, &event.name_en).to_owned();
        let when = stretch(event.from_at, event.to_at);
        (name, when, sight.atlas.name(event.place).to_owned())
    };
    let events = all.iter().filter(|event| event.stands()).map(shown).collect();
    let name = pick(&ask, &one.name, &one.name_en).to_owned();
    let view = View {
        page: frame(&ask, &name),
        about: pick(&ask, &one.about, &one.about_en).to_owned(),
        phone: phone(&ask, &one),
        hosts: hosts(&ask, &one),
        events,
        link,
        code,
        name,
        campaign: one,
    };
    html(&ask, &view)
}

/// The public page's address as a phone opens it: HTTPS, but on the machine itself.
fn link(host: &str, slug: &str) -> String {
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let scheme = if matches!(name, "localhost" | "127.0.0.1" | "[::1]") { "http" } else { "https" };
    format!("{scheme}://{host}/festival/{slug}")
}

#[cfg(test)]
mod tests {
    use super::link;

    #[test]
    fn a_phone_opens_https() {
        assert_eq!(link("ks.example", "55"), "https://ks.example/festival/55");
        assert_eq!(link("127.0.0.1:8080", "55"), "http://127.0.0.1:8080/festival/55");
    }
}
