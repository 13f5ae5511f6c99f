//! What every page of this room begins with: ids, names, choices, and sums as figures.

use std::collections::HashMap;

use axum::response::{IntoResponse as _, Redirect, Response};
use campaigns::CampaignId;
use db::Tx;
use kernel::{Code as _, Fen, Id, Kind};
use merchants::MerchantId;
use web::{Answer, Ask, FieldErrors, Figure, Form, Refused};

use crate::{Filter, Reading, SaleState, Side, Source, Totals, pages::form_page::Choice};

/// An id from an address: a word that is none is simply not there.
pub(crate) fn id_of<K: Kind>(text: &str) -> Answer<Id<K>> {
    text.parse().map_err(|_| Refused::NotFound)
}

/// The hidden version; a form without one is out of date.
pub(crate) fn version_field(form: &Form) -> i64 {
    form.get("version").parse().unwrap_or(-1)
}

/// On to another page.
pub(crate) fn see(address: impl std::fmt::Display) -> Response {
    Redirect::to(&address.to_string()).into_response()
}

/// An instant that must be filled in.
pub(crate) fn moment_field(
    form: &Form,
    name: &'static str,
    errors: &mut FieldErrors,
) -> jiff::Timestamp {
    let typed = form.required(name, errors);
    let at = crate::show::read_moment(&typed);
    if at.is_none() {
        errors.add(name, "时间要写成 2021-06-18 20:31 这样");
    }
    // Never used: the error above keeps the verb from being called.
    at.unwrap_or(jiff::Timestamp::UNIX_EPOCH)
}

/// An amount in yuan that must be filled in.
pub(crate) fn money_field(form: &Form, errors: &mut FieldErrors) -> Fen {
    match form.get("amount").parse::<Fen>() {
        Ok(amount) => amount,
        Err(why) => {
            errors.add("amount", why.message());
            Fen::ZERO
        }
    }
}

/// The campaign that the address or the form names, if the reader sees it.
pub(crate) fn campaign_of<'a>(
    reading: &'a Reading,
    form: &Form,
) -> Answer<&'a campaigns::Campaign> {
    let id: CampaignId = id_of(form.get("campaign"))?;
    reading.campaign(id).ok_or(Refused::NotFound)
}

/// Sums of some records as figures, each with the list that it opens to.
pub(crate) struct Sums {
    pub gross: Figure,
    pub returns: Figure,
    pub net: Figure,
    pub verified: Figure,
    pub open: Figure,
    /// Per cent of the gross that is verified.
    pub share: String,
    /// From 0 to 100, for a bar.
    pub percent: i64,
    pub sources: Vec<SourceSum>,
    pub count: i64,
}

/// The same of one source.
pub(crate) struct SourceSum {
    pub label: &'static str,
    pub net: Figure,
    pub verified: Figure,
    pub count: Figure,
}

fn money(amount: Fen, filter: &Filter) -> Figure {
    Figure::text(amount.to_string(), filter.href())
}

/// Asks for the sums of a filter, cut to what the reader sees.
pub(crate) async fn sums(tx: &mut Tx, reading: &Reading, filter: &Filter) -> Answer<Sums> {
    let contest = match filter.contest {
        Some(id) => crate::store::contest_by_id(tx, id).await?,
        None => None,
    };
    let totals = Totals::of(tx, Some(reading), filter, contest.as_ref()).await?;
    Ok(sums_of(&totals, filter))
}

pub(crate) fn sums_of(totals: &Totals, filter: &Filter) -> Sums {
    let only = |state| filter.clone().state(state);
    let open = totals.only(|one| one.state.is_open());
    let source = |source: Source| {
        let part = totals.from(source);
        let filter = filter.clone().source(source);
        SourceSum {
            label: source.label(),
            net: money(part.net(), &filter),
            verified: money(part.verified_net(), &filter.clone().state(SaleState::Verified)),
            count: Figure::count(part.count(), filter.href()),
        }
    };
    let share = totals.verified_share();
    #[allow(clippy::cast_possible_truncation, reason = "from 0 to 100")]
    let percent = (share.unwrap_or(0.0) * 100.0).floor() as i64;
    let told = Source::ALL.iter().copied().filter(|one| totals.from(*one).count() > 0);
    Sums {
        gross: money(totals.gross(), &filter.clone().side(Side::Sale)),
        returns: money(totals.returns(), &filter.clone().side(Side::Return)),
        net: money(totals.net(), filter),
        verified: money(totals.verified_net(), &only(SaleState::Verified)),
        open: Figure::count(open.count(), filter.clone().open().href()),
        share: share.map_or("—".into(), |share| format!("{:.1}%", share * 100.0)),
        percent,
        sources: told.map(source).collect(),
        count: totals.count(),
    }
}

/// Names of merchants, as records speak of many.
pub(crate) struct Names(HashMap<MerchantId, String>);

impl Names {
    pub(crate) async fn load(tx: &mut Tx) -> Answer<Self> {
        Ok(Self(merchants::names(tx).await?))
    }
    pub(crate) fn of(&self, id: MerchantId) -> String {
        self.0.get(&id).cloned().unwrap_or_default()
    }
}

/// Members that accepted a campaign's invitation, to choose from; those of `only`, when given.
pub(crate) async fn member_choices(
    tx: &mut Tx,
    campaign: CampaignId,
    only: Option<&[MerchantId]>,
) -> Answer<Vec<Choice>> {
    let names = Names::load(tx).await?;
    let members = campaigns::members(tx, campaign).await?;
    let fits = |one: &campaigns::Member| {
        one.accepted_by.is_some() && only.is_none_or(|only| only.contains(&one.merchant))
    };
    let members = members.iter().filter(|one| fits(one));
    Ok(members.map(|one| Choice::new(one.merchant, names.of(one.merchant))).collect())
}

/// A campaign's shows to choose from, after “none”.
pub(crate) async fn show_choices(tx: &mut Tx, campaign: CampaignId) -> Answer<Vec<Choice>> {
    let mut choices = vec![Choice::new("", "不是直播卖的")];
    for show in crate::shows_of(tx, campaign).await? {
        choices.push(Choice::new(show.id, show.title));
    }
    Ok(choices)
}

/// A campaign's sub-events to choose from, after “none”.
pub(crate) async fn event_choices(tx: &mut Tx, campaign: CampaignId) -> Answer<Vec<Choice>> {
    let mut choices = vec![Choice::new("", "整个活动")];
    for event in campaigns::sub_events(tx, campaign).await? {
        if event.stands() {
            choices.push(Choice::new(event.id, event.name));
        }
    }
    Ok(choices)
}

/// Who asks, over one reading.
pub(crate) async fn reading(ask: &Ask, tx: &mut Tx) -> Answer<Reading> {
    Ok(Reading::of(tx, &ask.cx).await?)
}
