//! `[rush]`: how often one citizen, and one network, may claim.

use clap::Args;
use serde::Deserialize;
use vouchers::ClaimRules;

use super::within;
use crate::Failure;

/// `[rush]`: how often vouchers may be asked for.
#[derive(Args, Clone, Debug, Default, Deserialize)]
#[command(next_help_heading = "抢券")]
#[serde(deny_unknown_fields)]
pub struct RushSettings {
    /// 一个手机号一分钟最多领多少次（取号也算） [默认: 60]
    #[arg(long = "rush-person", value_name = "N", env = "TONGPIN_RUSH_PERSON")]
    pub person: Option<u32>,
    /// 一个公网地址（IPv6 按 /64）十秒最多领多少次，0 不限；内网地址不算 [默认: 20000]
    #[arg(long = "rush-network", value_name = "N", env = "TONGPIN_RUSH_NETWORK")]
    pub network: Option<u32>,
}

pub(super) fn settle(first: &RushSettings, second: &RushSettings) -> Result<ClaimRules, Failure> {
    let usual = ClaimRules::default();
    let person = first.person.or(second.person).unwrap_or(usual.person);
    let network = first.network.or(second.network).unwrap_or(usual.network);
    Ok(ClaimRules {
        person: within("rush 的 person", person, 1, 100_000)?,
        network: within("rush 的 network", network, 0, 10_000_000)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_place_wins_and_nobody_is_shut_out_by_a_setting() {
        let set = |person, network| RushSettings { person, network };
        let settled = settle(&set(Some(5), None), &set(Some(9), Some(0))).expect("good settings");
        assert_eq!(settled, ClaimRules { person: 5, network: 0 });
        assert!(settle(&set(Some(0), None), &set(None, None)).is_err());
    }
}
