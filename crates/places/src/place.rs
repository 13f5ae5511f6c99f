//! A place: a node of the city's tree, from the city down to a shop.

use kernel::{Code as _, Date, code_enum, id_kind};

id_kind!(PlaceIdKind, PlaceId, "plc");
id_kind!(SuccessionKind, SuccessionId, "suc");

code_enum! {
    /// What a place is, from the top of the tree down.
    pub enum PlaceKind {
        City = "city" "全市",
        Town = "town" "区镇",
        Front = "front" "阵地",
        Area = "area" "楼层街区",
        Shop = "shop" "商铺",
    }
}

code_enum! {
    /// The five kinds of front (阵地), as the city counts them.
    pub enum Front {
        Park = "park" "园区",
        Building = "building" "商务楼宇",
        District = "district" "商圈市场",
        MakerSpace = "maker_space" "众创空间",
        CharacteristicTown = "characteristic_town" "特色小镇",
    }
}

impl PlaceKind {
    /// Whether a place of this kind may hang directly under one of the other kind. Areas nest, so
    /// that a mall has floors and a floor has zones.
    pub const fn fits_under(self, parent: Self) -> bool {
        matches!(
            (self, parent),
            (Self::Town, Self::City)
                | (Self::Front, Self::Town)
                | (Self::Area | Self::Shop, Self::Front | Self::Area)
        )
    }

    /// The kinds that may hang directly under this one.
    pub const fn below(self) -> &'static [Self] {
        match self {
            Self::City => &[Self::Town],
            Self::Town => &[Self::Front],
            Self::Front | Self::Area => &[Self::Area, Self::Shop],
            Self::Shop => &[],
        }
    }
}

/// A place as it stood on the date of its [`Atlas`](crate::Atlas).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which; the same for ever.
    pub id: PlaceId,
    /// City, town, front, area or shop.
    pub kind: PlaceKind,
    /// Which of the five, for a front alone.
    pub front: Option<Front>,
    /// What it hangs under; `None` for the city alone.
    pub parent: Option<PlaceId>,
    /// Its name on that date.
    pub name: String,
    /// Its address, or empty.
    pub address: String,
    /// Its turn among its siblings.
    pub sort_no: i64,
    /// Since when it has stood just so.
    pub since: Date,
    /// For noticing that somebody else changed it meanwhile.
    pub version: i64,
}

impl Place {
    /// What people call its kind: a front by which of the five it is.
    pub fn kind_label(&self) -> &'static str {
        self.front.map_or_else(|| self.kind.label(), Front::label)
    }
}

code_enum! {
    /// What became of a place.
    pub enum SuccessionHow {
        Merged = "merged" "并入",
        Split = "split" "拆出",
    }
}

/// One place went on as, or gave rise to, another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Succession {
    /// Which.
    pub id: SuccessionId,
    /// The place before.
    pub from: PlaceId,
    /// The place after.
    pub to: PlaceId,
    /// Merged into it, or split off as it.
    pub how: SuccessionHow,
    /// From which date.
    pub on: Date,
    /// Why, in the clerk's words.
    pub reason: String,
}

/// The longest name, in characters: it has to stand in a column of a ledger.
pub const NAME_LIMIT: usize = 60;
/// The longest address or reason, in characters.
pub const TEXT_LIMIT: usize = 200;

#[cfg(test)]
mod tests {
    use kernel::Code as _;

    use super::PlaceKind;

    #[test]
    fn what_may_hang_below_is_what_fits_under() {
        for parent in PlaceKind::ALL {
            for child in PlaceKind::ALL {
                assert_eq!(parent.below().contains(child), child.fits_under(*parent));
            }
        }
    }
}
