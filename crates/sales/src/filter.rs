//! Which records: one type for a figure and for the list that it opens to, so that both say the
//! same.

use campaigns::{CampaignId, SubEventId};
use db::{Query, ToValue as _};
use kernel::{Code, Date, time::start_of};
use merchants::MerchantId;
use web::Form;

use crate::{
    BatchId, Contest, ContestId, SaleId, SaleState, ShowId, Side, Source,
    reading::{Reading, id},
};

/// Conditions on records; what is left out holds for all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Of this campaign.
    pub campaign: Option<CampaignId>,
    /// Of this sub-event.
    pub sub_event: Option<SubEventId>,
    /// Sold in this show.
    pub show: Option<ShowId>,
    /// By this merchant.
    pub merchant: Option<MerchantId>,
    /// Sales or returns alone.
    pub side: Option<Side>,
    /// From this source.
    pub source: Option<Source>,
    /// In one of these states; when empty, whatever counts.
    pub states: Vec<SaleState>,
    /// Not before this day.
    pub from: Option<Date>,
    /// Not after this day.
    pub to: Option<Date>,
    /// Out of this file.
    pub batch: Option<BatchId>,
    /// This sale and its returns.
    pub order: Option<SaleId>,
    /// What counts in this contest.
    pub contest: Option<ContestId>,
    /// Sold in any show.
    pub live: bool,
    /// Sales that did not come back whole, as the contest counts orders.
    pub kept: bool,
}

impl Filter {
    /// Everything of a campaign.
    pub fn campaign(id: CampaignId) -> Self {
        Self { campaign: Some(id), ..Self::default() }
    }
    /// Everything of a show.
    pub fn show(id: ShowId) -> Self {
        Self { show: Some(id), ..Self::default() }
    }
    /// In this state alone.
    #[must_use]
    pub fn state(self, state: SaleState) -> Self {
        Self { states: vec![state], ..self }
    }
    /// In one of these states.
    #[must_use]
    pub fn states(self, states: &[SaleState]) -> Self {
        Self { states: states.to_vec(), ..self }
    }
    /// Of this side alone.
    #[must_use]
    pub fn side(self, side: Side) -> Self {
        Self { side: Some(side), ..self }
    }
    /// From this source alone.
    #[must_use]
    pub fn source(self, source: Source) -> Self {
        Self { source: Some(source), ..self }
    }
    /// By this merchant alone.
    #[must_use]
    pub fn merchant(self, merchant: MerchantId) -> Self {
        Self { merchant: Some(merchant), ..self }
    }

    /// What still has to be decided.
    #[must_use]
    pub fn open(self) -> Self {
        let open = SaleState::ALL.iter().copied().filter(|state| state.is_open());
        Self { states: open.collect(), ..self }
    }

    /// Reads the conditions of an address; words that mean nothing are left out.
    pub fn read(form: &Form) -> Self {
        Self {
            campaign: form.get("campaign").parse().ok(),
            sub_event: form.get("sub_event").parse().ok(),
            show: form.get("show").parse().ok(),
            merchant: form.get("merchant").parse().ok(),
            side: Side::from_code(form.get("side")),
            source: Source::from_code(form.get("source")),
            states: form.all("state").filter_map(SaleState::from_code).collect(),
            from: form.get("from").parse().ok(),
            to: form.get("to").parse().ok(),
            batch: form.get("batch").parse().ok(),
            order: form.get("order").parse().ok(),
            contest: form.get("contest").parse().ok(),
            live: form.ticked("live"),
            kept: form.ticked("kept"),
        }
    }

    /// The conditions as an address writes them.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        let mut pairs: Vec<(&str, String)> = Vec::new();
        let mut add = |name, value: Option<String>| pairs.extend(value.map(|value| (name, value)));
        add("campaign", self.campaign.map(|one| one.to_string()));
        add("sub_event", self.sub_event.map(|one| one.to_string()));
        add("show", self.show.map(|one| one.to_string()));
        add("merchant", self.merchant.map(|one| one.to_string()));
        add("side", self.side.map(|one| one.to_string()));
        add("source", self.source.map(|one| one.to_string()));
        for state in &self.states {
            add("state", Some(state.to_string()));
        }
        add("from", self.from.map(|one| one.to_string()));
        add("to", self.to.map(|one| one.to_string()));
        add("batch", self.batch.map(|one| one.to_string()));
        add("order", self.order.map(|one| one.to_string()));
        add("contest", self.contest.map(|one| one.to_string()));
        add("live", self.live.then(|| "1".to_owned()));
        add("kept", self.kept.then(|| "1".to_owned()));
        pairs
    }

    /// Where the list stands. Every value is of ids, codes and dates, which need no escaping.
    pub fn href(&self) -> String {
        let pairs = self.pairs();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { "/sales".into() } else { format!("/sales?{}", pairs.join("&")) }
    }

    /// `FROM … WHERE …` over `sale`, cut to what the reader sees; without a reader it is not cut.
    /// `contest` is the one that the filter names; a filter that names one which is not there
    /// matches nothing.
    pub(crate) fn conditions(&self, reading: Option<&Reading>, contest: Option<&Contest>) -> Query {
        let mut query =
            Query::new(" FROM sale LEFT JOIN sale AS origin ON origin.id = sale.returns_of WHERE ");
        query = match reading {
            Some(reading) => query.nested(reading.condition()),
            None => query.part("TRUE"),
        };
        query = self.of_what(query);
        query = self.of_when(query);
        match (self.contest, contest) {
            (None, _) => query,
            (Some(asked), Some(contest)) if contest.id == asked => {
                counts_in(query, contest, self.kept)
            }
            (Some(_), _) => query.part(" AND FALSE"),
        }
    }

    fn of_what(&self, mut query: Query) -> Query {
        if let Some(one) = self.campaign {
            query = query.with(" AND sale.campaign_id = ?", id(one));
        }
        if let Some(one) = self.sub_event {
            query = query.with(" AND sale.sub_event_id = ?", id(one));
        }
        if let Some(one) = self.show {
            query = query.with(" AND sale.show_id = ?", id(one));
        }
        if let Some(one) = self.merchant {
            query = query.with(" AND sale.merchant_id = ?", id(one));
        }
        if let Some(one) = self.batch {
            query = query.with(" AND sale.batch_id = ?", id(one));
        }
        if let Some(one) = self.order {
            let both = [one.to_value(), one.to_value()];
            query = query.with(" AND (sale.id = ? OR sale.returns_of = ?)", both);
        }
        if let Some(side) = self.side {
            query = query.with(" AND sale.side = ?", [side.code().to_value()]);
        }
        if let Some(source) = self.source {
            query = query.with(" AND sale.source = ?", [source.code().to_value()]);
        }
        if self.live {
            query = query.part(" AND sale.show_id IS NOT NULL");
        }
        let counting = SaleState::ALL.iter().copied().filter(|state| state.counts());
        let asked = self.states.iter().copied();
        let states: Vec<SaleState> =
            if self.states.is_empty() { counting.collect() } else { asked.collect() };
        query.part(" AND ").any_of("sale.state", states.into_iter().map(Code::code))
    }

    fn of_when(&self, mut query: Query) -> Query {
        if let Some(day) = self.from {
            query = query.with(" AND sale.sold_at >= ?", [start_of(day).to_value()]);
        }
        if let Some(day) = self.to.and_then(|day| day.tomorrow().ok()) {
            query = query.with(" AND sale.sold_at < ?", [start_of(day).to_value()]);
        }
        query
    }
}

/// What a contest looks at: sales in its window, their returns until the return window closes,
/// all of them told of until then.
fn counts_in(mut query: Query, contest: &Contest, kept: bool) -> Query {
    query = query.with(" AND sale.campaign_id = ?", id(contest.campaign));
    if let Some(event) = contest.sub_event {
        query = query.with(" AND COALESCE(origin.sub_event_id, sale.sub_event_id) = ?", id(event));
    }
    let (from, cut_off) = (contest.terms.from_at, contest.terms.cut_off_at);
    let until = contest.terms.returns_until;
    query = query
        .with(
            " AND COALESCE(origin.sold_at, sale.sold_at) >= ? \
             AND COALESCE(origin.sold_at, sale.sold_at) < ?",
            [from.to_value(), cut_off.to_value()],
        )
        .with(
            " AND sale.sold_at < ? AND sale.submitted_at < ?",
            [until.to_value(), until.to_value()],
        )
        .with(
            " AND sale.merchant_id IN (SELECT merchant_id FROM contest_entrant \
             WHERE contest_id = ? AND withdrawn_at IS NULL)",
            id(contest.id),
        );
    if !kept {
        return query;
    }
    query.with(
        " AND sale.side = 'sale' AND sale.amount_fen > COALESCE((\
         SELECT SUM(back.amount_fen) FROM sale AS back WHERE back.returns_of = sale.id \
         AND back.state = 'verified' AND back.sold_at < ? AND back.submitted_at < ?), 0)",
        [until.to_value(), until.to_value()],
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use uuid::Uuid;

    use super::*;

    proptest! {
        #[test]
        fn a_filter_survives_its_address(
            campaign: Option<u128>,
            show: Option<u128>,
            states in prop::sample::subsequence(SaleState::ALL.to_vec(), 0..4),
            source in prop::option::of(prop::sample::select(Source::ALL.to_vec())),
            side in prop::option::of(prop::sample::select(Side::ALL.to_vec())),
            live: bool,
            kept: bool,
        ) {
            let filter = Filter {
                campaign: campaign.map(|one| CampaignId::from_uuid(Uuid::from_u128(one))),
                show: show.map(|one| ShowId::from_uuid(Uuid::from_u128(one))),
                states, source, side, live, kept,
                from: Some(Date::constant(2021, 6, 18)),
                ..Filter::default()
            };
            let href = filter.href();
            let query = href.split_once('?').map_or("", |(_, query)| query);
            prop_assert_eq!(Filter::read(&Form::parse(query.as_bytes())), filter);
        }
    }
}
