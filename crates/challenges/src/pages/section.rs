//! What this room shows on a campaign's pages, and what keeps a campaign from closing.

use std::sync::Arc;

use askama::Template;
use campaigns::{Campaign, DeskSection, PublicSection, Section, SectionLine, SectionsPart};
use db::{Result, Tx};
use futures_util::future::BoxFuture;
use web::{Answer, Ask, Refused, State, filters};

use crate::{
    ChallengeState, Reading, figures,
    pages::{
        desk::{tasks, walker_figures},
        frame::{moment, pick},
    },
    policy, sight, store,
};

/// Challenges on a campaign's pages.
struct ChallengeSection;

/// Shows this room on the campaigns' pages. Called once, when the site is set up.
pub fn install(state: &State) {
    state.part::<SectionsPart>().add(Arc::new(ChallengeSection));
}

struct Shown {
    href: String,
    name: String,
    promise: String,
    from: String,
    to: String,
    is_over: bool,
}

#[derive(Template)]
#[template(path = "public_challenges.html")]
struct PublicView {
    challenges: Vec<Shown>,
}

impl Section for ChallengeSection {
    fn desk<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<DeskSection>>> {
        Box::pin(async move {
            let mut section = DeskSection {
                heading: "打卡挑战",
                lines: Vec::new(),
                links: Vec::new(),
                tasks: Vec::new(),
                empty: "还没有打卡挑战。先添一个“打卡挑战”的子活动，再写规则和打卡点。",
            };
            for one in store::challenges_of(tx, campaign.id).await? {
                let Some(reading) = Reading::of(tx, &ask.cx, one.id).await? else { continue };
                let counts = figures(tx, one.id).await?;
                section.tasks.extend(tasks(ask, &reading, &counts));
                section.links.push(("看挑战", format!("/challenges/{}", one.id)));
                if reading.oversees(&ask.cx) {
                    let lines = walker_figures(&one, &counts).into_iter().map(|(label, figure)| {
                        SectionLine { label: label.to_owned(), figure, note: String::new() }
                    });
                    section.lines.extend(lines);
                }
            }
            let sight = campaigns::Sight::of(tx, &ask.cx, campaign.id).await?;
            if campaign.state.is_open() && sight.is_some_and(|one| policy::run(&one).is_ok()) {
                let href = format!("/campaigns/{}/challenges/new", campaign.id);
                section.links.push(("写新的挑战", href));
            }
            Ok(Some(section))
        })
    }

    fn public<'a>(
        &'a self,
        ask: &'a Ask,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Answer<Option<PublicSection>>> {
        Box::pin(async move {
            let mut challenges = Vec::new();
            for one in store::challenges_of(tx, campaign.id).await? {
                let event = sight::event(tx, &one).await?;
                if !one.is_public() || !event.stands() {
                    continue;
                }
                let stations = store::stations_of(tx, one.id).await?;
                challenges.push(Shown {
                    href: format!("/c/challenges/{}", one.id),
                    name: pick(ask, &event.name, &event.name_en).to_owned(),
                    promise: format!(
                        "{} 个打卡点，打满 {} 个就有奖励",
                        stations.iter().filter(|one| one.stands()).count(),
                        one.rules.need
                    ),
                    from: moment(one.rules.from_at),
                    to: moment(one.rules.to_at),
                    is_over: ask.cx.now >= one.ends_at(),
                });
            }
            if challenges.is_empty() {
                return Ok(None);
            }
            let view = PublicView { challenges };
            let body = view.render_with_values(&Lang(ask.reader.lang));
            let body = body.map_err(|why| Refused::fault(&why))?;
            Ok(Some(PublicSection { heading: "打卡挑战", anchor: "challenges", body }))
        })
    }

    fn unsettled<'a>(
        &'a self,
        tx: &'a mut Tx,
        campaign: &'a Campaign,
    ) -> BoxFuture<'a, Result<Option<String>>> {
        Box::pin(async move {
            for one in store::challenges_of(tx, campaign.id).await? {
                if one.state == ChallengeState::Open {
                    return Ok(Some("打卡挑战还没有结束".into()));
                }
                let waiting = figures(tx, one.id).await?.visits.reviewed;
                if waiting > 0 {
                    return Ok(Some(format!("{waiting} 次打卡还没有复核")));
                }
            }
            Ok(None)
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
