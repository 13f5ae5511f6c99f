//! Which settlements: one type for a figure and for the list that it opens to, so that both say
//! the same.

use campaigns::{CampaignId, FunderId};
use db::{Query, ToValue as _};
use kernel::Code as _;
use merchants::MerchantId;
use web::Form;

use crate::{SettlementState, SettlementStep, settlement_sight::SettlementSight};

/// Conditions on settlements; what is left out holds for all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct SettlementFilter {
    pub(crate) campaign: Option<CampaignId>,
    pub(crate) funder: Option<FunderId>,
    pub(crate) merchant: Option<MerchantId>,
    pub(crate) state: Option<SettlementState>,
    /// Those that wait for this step by the reader.
    pub(crate) todo: Option<SettlementStep>,
}

impl SettlementFilter {
    /// Of this state alone.
    #[must_use]
    pub(crate) fn state(self, state: SettlementState) -> Self {
        Self { state: Some(state), ..self }
    }

    /// Reads the conditions of an address; words that mean nothing are left out.
    pub(crate) fn read(form: &Form) -> Self {
        Self {
            campaign: form.get("campaign").parse().ok(),
            funder: form.get("funder").parse().ok(),
            merchant: form.get("merchant").parse().ok(),
            state: SettlementState::from_code(form.get("state")),
            todo: SettlementStep::from_code(form.get("todo")),
        }
    }

    /// The conditions as an address writes them: ids and codes, which need no escaping.
    pub(crate) fn pairs(&self) -> Vec<(&'static str, String)> {
        let pairs = [
            ("campaign", self.campaign.map(|one| one.to_string())),
            ("funder", self.funder.map(|one| one.to_string())),
            ("merchant", self.merchant.map(|one| one.to_string())),
            ("state", self.state.map(|one| one.to_string())),
            ("todo", self.todo.map(|one| one.to_string())),
        ];
        pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// This address with the conditions behind it.
    pub(crate) fn at(&self, path: &str) -> String {
        let pairs = self.pairs();
        let pairs: Vec<_> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
        if pairs.is_empty() { path.into() } else { format!("{path}?{}", pairs.join("&")) }
    }

    /// Where the list stands.
    pub(crate) fn href(&self) -> String {
        self.at("/settlements")
    }

    /// The conditions on `s`, cut to what the reader sees.
    pub(crate) fn condition(&self, sight: &SettlementSight) -> Query {
        let mut query = sight.condition();
        if let Some(one) = self.campaign {
            query = query.with(" AND s.campaign_id = ?", [one.to_value()]);
        }
        if let Some(one) = self.funder {
            query = query.with(" AND s.funder_id = ?", [one.to_value()]);
        }
        if let Some(one) = self.merchant {
            query = query.with(" AND s.merchant_id = ?", [one.to_value()]);
        }
        if let Some(one) = self.state {
            query = query.with(" AND s.state = ?", [one.code().to_value()]);
        }
        match self.todo {
            Some(step) => query.part(" AND ").nested(sight.waits_for(step)),
            None => query,
        }
    }
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
            funder: Option<u128>,
            merchant: Option<u128>,
            state in prop::option::of(prop::sample::select(SettlementState::ALL.to_vec())),
            todo in prop::option::of(prop::sample::select(SettlementStep::ALL.to_vec())),
        ) {
            let filter = SettlementFilter {
                campaign: campaign.map(|one| CampaignId::from_uuid(Uuid::from_u128(one))),
                funder: funder.map(|one| FunderId::from_uuid(Uuid::from_u128(one))),
                merchant: merchant.map(|one| MerchantId::from_uuid(Uuid::from_u128(one))),
                state,
                todo,
            };
            let href = filter.href();
            let query = href.split_once('?').map_or("", |(_, query)| query);
            prop_assert_eq!(SettlementFilter::read(&Form::parse(query.as_bytes())), filter);
        }
    }
}
