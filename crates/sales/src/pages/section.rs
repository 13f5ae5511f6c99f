//! What this room shows on a campaign's pages, and what keeps a campaign from closing.

use std::sync::Arc;

use askama::Template;
use campaigns::{Campaign, DeskSection, PublicSection, Section, SectionLine, SectionsPart};
use db::{Result, Tx};
use futures_util::future::BoxFuture;
use web::{Answer, Ask, Refused, State, filters};

use crate::{
    Filter, Reading, Totals,
    pages::{
        contest::{Place, Terms, place, terms},
        frame::{Names, sums},
    },
    policy, standings, store,
};

/// Shows, records and contests on a campaign's pages.
struct SalesSection;

/// Shows this room on the campaigns' pages. Called once, when the site is set up.
pub fn install(state: &State) {
    state.part::<SectionsPart>().add(Arc::new(SalesSection));
}

struct Published {
    name: String,
    terms: Terms,
    label: &'static str,
    why: String,
    places: Vec<Place>,
}

#[derive(Template)]
#[template(path = "public_contests.html")]
struct PublicView {
    contests: Vec<Published>,
}

impl Section for SalesSection {
    fn desk<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<DeskSection>>> {
        Box::pin(async move {
            let reading = Reading::of(tx, &ask.cx).await?;
            let filter = Filter::campaign(campaign.id);
            let sums = sums(tx, &reading, &filter).await?;
            let line = |label: &str, figure, note: String| SectionLine {
                label: label.to_owned(),
                figure,
                note,
            };
            let verified = format!("{} {}", ask.t("已核实"), sums.share);
            let id = campaign.id;
            let judges = policy::judges(&ask.cx.actor, &reading, id);
            let waiting = Totals::of(tx, Some(&reading), &filter.clone().open(), None).await?;
            let task = (judges && waiting.count() > 0).then(|| {
                let words = format!("有 {} 条销售记录等你核实", waiting.count());
                (words, filter.clone().open().href())
            });
            Ok(Some(DeskSection {
                heading: "直播和销售",
                lines: vec![
                    line("销售净额（元）", sums.net, verified),
                    line("没有核实完的记录", sums.open, String::new()),
                ],
                links: vec![
                    ("直播", format!("/shows?campaign={id}")),
                    ("销售记录", format!("/sales?campaign={id}")),
                    ("大赛", format!("/contests?campaign={id}")),
                ],
                tasks: task.into_iter().collect(),
                empty: "还没有销售记录",
            }))
        })
    }

    fn public<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<PublicSection>>> {
        Box::pin(async move {
            let names = Names::load(tx).await?;
            let mut contests = Vec::new();
            for contest in store::contests_of(tx, campaign.id).await? {
                if !contest.is_open() {
                    continue;
                }
                let now = standings(tx, &ask.cx, &contest).await?;
                let places = now.places.iter();
                contests.push(Published {
                    terms: terms(&contest),
                    label: now.finality.label(),
                    why: now.finality.why(),
                    places: places.map(|one| place(&names, &contest, one, false)).collect(),
                    name: contest.terms.name,
                });
            }
            if contests.is_empty() {
                return Ok(None);
            }
            let view = PublicView { contests };
            let body = view.render_with_values(&Lang(ask.reader.lang));
            let body = body.map_err(|why| Refused::fault(&why))?;
            Ok(Some(PublicSection { heading: "助农销售大赛", anchor: "contests", body }))
        })
    }

    fn unsettled<'a>(
        &'a self,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move {
            let open = Filter::campaign(campaign.id).open();
            let count = Totals::of(tx, None, &open, None).await?.count();
            Ok((count > 0).then(|| format!("{count} 条销售记录还没有核实完")))
        })
    }
}

/// The reader's language, for the template's filters.
struct Lang(web::Lang);

impl askama::Values for Lang {
    fn get_value<'a>(&'a self, key: &str) -> Option<&'a dyn std::any::Any> {
        (key == "lang").then_some(&self.0 as &dyn std::any::Any)
    }
}
