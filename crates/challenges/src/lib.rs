//! Check-in challenges: stations with rotating codes, visits, review, and the reward.
//!
//! # Glossary
//! - **Challenge** 打卡挑战: so many stations of a campaign's sub-event, draft 草稿 › open 进行中 ›
//!   closed 已结束. Its name, its words and its place are the sub-event's.
//! - **Rules** 规则: free or set order, how many stations complete it, how many visits a day, the
//!   voucher batch that is the reward, from when and until when.
//! - **Challenge station** 打卡点: a member merchant, or a place that the organiser looks after. (An
//!   area workstation is another thing, in `places`.)
//! - **Station code** 打卡码: eight digits that a station shows, another eight every half minute.
//! - **Walker** 参加者: a citizen who takes part in one challenge.
//! - **Visit** 打卡: a walker at a station: accepted 算数, reviewed 待复核 or rejected 不算, with why.
//! - **Reward** 奖励: a voucher, claimed by the same path as any other when enough visits count.
//!
//! # Invariants
//! - A code is good for the half minute in which it is shown and for the next, whoever sends it.
//! - A station counts once for a walker; a walker completes once, and gets one voucher.
//! - What a machine only suspects (walking too fast, many citizens on one phone) is laid before a
//!   person, not refused. A person's no has words, which the citizen reads.
//! - Who began is not worse off later: rules that are open only become easier.
//! - Nothing is known of where anybody was but citizen, station, time and verdict; no position is
//!   taken. Who it was is forgotten [`KEPT_DAYS`] after the end.

mod challenge;
mod check_in;
mod close_challenge;
mod draft_challenge;
mod edit_stations;
mod figures;
mod forget_walkers;
mod give_reward;
mod judge;
mod meter;
mod open_challenge;
mod pages;
mod policy;
mod refusal;
mod review_visit;
mod routes;
mod sight;
mod station;
mod station_code;
mod store;
mod visit;

pub use challenge::{Challenge, ChallengeId, ChallengeState, KEPT_DAYS, Rules};
pub use check_in::{
    CheckedIn, Progress, VisitAsk, ask_reward, check_in, progress_of, visit_station,
};
pub use close_challenge::close_challenge;
pub use draft_challenge::{change_challenge, draft_challenge};
pub use edit_stations::{add_station, change_station, close_station};
pub use figures::{Figures, VisitCounts, figures};
pub use forget_walkers::forget_walkers;
pub use give_reward::{give_reward, give_rewards, reward_together};
pub use open_challenge::open_challenge;
pub use pages::section::install;
pub use policy::{READERS, RUNNERS};
pub use refusal::{ChallengeError, VisitRefused};
pub use review_visit::{Review, review_visit};
pub use routes::routes;
pub use sight::{Reading, code_now};
pub use station::{ChallengeStationId, Station, StationFacts};
pub use station_code::STEP_SECONDS;
pub use store::{challenge_by_id, challenges_of, stations_of};
pub use visit::{Reason, RewardState, Verdict, Visit, VisitId, Walker, WalkerId};

/// The words for what this room's verbs write into the journal.
pub const VERBS: &[(&str, &str)] = &[
    ("challenge.drafted", "起草了打卡挑战"),
    ("challenge.changed", "改了打卡挑战"),
    ("challenge.opened", "开始了打卡挑战"),
    ("challenge.closed", "结束了打卡挑战"),
    ("challenge.station_added", "添了打卡点"),
    ("challenge.station_changed", "改了打卡点"),
    ("challenge.station_closed", "停了打卡点"),
    ("challenge.visited", "市民打了卡"),
    ("challenge.visit_accepted", "复核通过了打卡"),
    ("challenge.visit_rejected", "复核没有通过打卡"),
    ("challenge.rewarded", "完成挑战的人领到了券"),
    ("challenge.forgotten", "到期去掉了参加者的编号"),
];
