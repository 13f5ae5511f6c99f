//! A sub-event of a campaign: one of four kinds, at a place, from and to.

use jiff::Timestamp;
use kernel::{Date, code_enum, id_kind, time::civil_date};
use places::PlaceId;

use crate::CampaignId;

id_kind!(SubEventIdKind, SubEventId, "sub");

code_enum! {
    /// The four kinds of sub-event.
    pub enum SubEventKind {
        CheckInChallenge = "check_in_challenge" "打卡挑战",
        GoodsFair = "goods_fair" "商品展销",
        FoodFair = "food_fair" "美食节",
        FarmContest = "farm_contest" "助农销售大赛",
    }
}

/// One sub-event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SubEvent {
    /// Which.
    pub id: SubEventId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Which of the four.
    pub kind: SubEventKind,
    /// Its name.
    pub name: String,
    /// Its name in English, or empty.
    pub name_en: String,
    /// What happens there.
    pub about: String,
    /// The same in English, or empty.
    pub about_en: String,
    /// Where.
    pub place: PlaceId,
    /// From then.
    pub from_at: Timestamp,
    /// Until then.
    pub to_at: Timestamp,
    /// When it was cancelled, and why.
    pub cancelled: Option<(Timestamp, String)>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl SubEvent {
    /// Whether it takes place.
    pub const fn stands(&self) -> bool {
        self.cancelled.is_none()
    }
    /// Its first and last day in the city.
    pub fn days(&self) -> (Date, Date) {
        (civil_date(self.from_at), civil_date(self.to_at))
    }
}
