//! A live show: who speaks, for whom, what is sold, where and when.

use campaigns::{CampaignId, SubEventId};
use jiff::{Timestamp, civil::DateTime};
use kernel::{code_enum, id_kind, time::city_zone};
use merchants::{MerchantId, ProductId};

id_kind!(ShowKind, ShowId, "shw");

code_enum! {
    /// Where a show stands.
    pub enum ShowState {
        Planned = "planned" "计划中",
        OnAir = "on_air" "直播中",
        Ended = "ended" "已结束",
    }
}

impl ShowState {
    /// Where it goes from here; nowhere from its end.
    pub const fn next(self) -> Option<Self> {
        match self {
            Self::Planned => Some(Self::OnAir),
            Self::OnAir => Some(Self::Ended),
            Self::Ended => None,
        }
    }
}

/// A time on the air as it is planned, in `[from, to)`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slot {
    /// From then.
    pub from_at: Timestamp,
    /// Until then.
    pub to_at: Timestamp,
}

/// Something that a show sells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownProduct {
    /// The product of the catalogue, when it is one.
    pub product: Option<ProductId>,
    /// What it is called on the air.
    pub title: String,
}

/// A show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Show {
    /// Which.
    pub id: ShowId,
    /// Of which campaign.
    pub campaign: CampaignId,
    /// Of which sub-event, when it belongs to one.
    pub sub_event: Option<SubEventId>,
    /// What it is called.
    pub title: String,
    /// Who speaks.
    pub host: String,
    /// Where it is seen.
    pub platform: String,
    /// Where it stands.
    pub state: ShowState,
    /// When it went on the air.
    pub on_air_at: Option<Timestamp>,
    /// When it ended.
    pub ended_at: Option<Timestamp>,
    /// The end of the wall screen's address, while there is one.
    pub wall_code: Option<String>,
    /// The plan, by time.
    pub slots: Vec<Slot>,
    /// Whose goods it sells.
    pub merchants: Vec<MerchantId>,
    /// What it sells, in order.
    pub products: Vec<ShownProduct>,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

/// More times, merchants or products than any show has.
pub(crate) const LIST_LIMIT: usize = 60;
/// The longest name or reason, in characters.
pub const TEXT_LIMIT: usize = 120;

/// Whether a text says something and is not too long.
pub(crate) fn fits(text: &str) -> bool {
    let count = text.trim().chars().count();
    (1..=TEXT_LIMIT).contains(&count) && !text.contains('\0')
}

/// `2021-06-18 19:00` on the city's clocks.
pub(crate) fn read_moment(text: &str) -> Option<Timestamp> {
    let text = kernel::fold(text).replace('/', "-").replace('t', " ");
    let civil: DateTime = text.trim().parse().ok()?;
    civil.to_zoned(city_zone()).ok().map(|zoned| zoned.timestamp())
}

/// The plan as it is typed: a line for each time, `2021-06-18 19:00-22:00`, or with two dates.
pub fn read_slots(text: &str) -> Option<Vec<Slot>> {
    let lines = text.lines().map(kernel::fold).filter(|line| !line.is_empty());
    let slots: Option<Vec<Slot>> = lines.map(|line| read_slot(&line)).collect();
    let mut slots = slots.filter(|all| (1..=LIST_LIMIT).contains(&all.len()))?;
    slots.sort_by_key(|slot| slot.from_at);
    let apart = slots.windows(2).all(|pair| pair[0].to_at <= pair[1].from_at);
    apart.then_some(slots)
}

fn read_slot(line: &str) -> Option<Slot> {
    let line = line.replace(['–', '—', '~', '～', '至'], "-").replace('/', "-");
    let (day, rest) = line.split_once(' ')?;
    let (from, to) = rest.split_once('-')?;
    let (from, to) = (from.trim(), to.trim());
    let from_at = read_moment(&format!("{day} {from}"))?;
    let to_at = if to.contains(' ') {
        read_moment(to)?
    } else if to == "24:00" {
        read_moment(&format!("{day} 23:59"))? + jiff::SignedDuration::from_mins(1)
    } else {
        read_moment(&format!("{day} {to}"))?
    };
    (from_at < to_at).then_some(Slot { from_at, to_at })
}

/// `2021-06-18 19:00` as the city's clocks show it.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

impl Slot {
    /// As it is typed.
    pub fn words(&self) -> String {
        let (from, to) = (moment(self.from_at), moment(self.to_at));
        if from[..10] == to[..10] {
            format!("{from}-{}", &to[11..])
        } else {
            format!("{from}-{to}")
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_evenings_are_three_slots() {
        let text = "2021-06-18 19:00-22:00\n2021/06/19 19:00～24:00\n2021-06-20 19:00-21:30\n";
        let slots = read_slots(text).unwrap();
        let words: Vec<_> = slots.iter().map(Slot::words).collect();
        assert_eq!(words[0], "2021-06-18 19:00-22:00");
        assert_eq!(words[1], "2021-06-19 19:00-2021-06-20 00:00");
        assert_eq!(read_slots(&words.join("\n")), Some(slots));
    }

    #[test]
    fn slots_do_not_overlap_or_end_before_they_begin() {
        assert_eq!(read_slots("2021-06-18 19:00-22:00\n2021-06-18 21:00-23:00"), None);
        assert_eq!(read_slots("2021-06-18 22:00-19:00"), None);
        assert_eq!(read_slots(""), None);
    }

    #[test]
    fn an_end_has_no_next() {
        assert_eq!(ShowState::Planned.next().and_then(ShowState::next), Some(ShowState::Ended));
        assert_eq!(ShowState::Ended.next(), None);
    }

    proptest! {
        #[test]
        fn any_plan_is_answered(text in "\\PC{0,40}|[0-9: -]{0,40}") {
            for slot in read_slots(&text).unwrap_or_default() {
                prop_assert!(slot.from_at < slot.to_at);
            }
        }
    }
}
