//! Why a verb of this room did not do it: one enum for the tree's verbs, which share the tree's
//! rules, and one for each other noun. Every refusal says what happened, what is safe, what to do.

use db::Fault;
use kernel::{Code as _, Date};
use web::{FieldErrors, Refused};

use crate::{
    PlaceKind,
    place::{NAME_LIMIT, TEXT_LIMIT},
};

/// The actor may not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denied {
    /// They may not even know of it: 404.
    #[error("nothing here that the actor may see")]
    Invisible,
    /// They see it, and may not do this: 403.
    #[error("seen, but not theirs to change")]
    Forbidden,
}

impl From<Denied> for Refused {
    fn from(denied: Denied) -> Self {
        match denied {
            Denied::Invisible => Self::NotFound,
            Denied::Forbidden => Self::Forbidden,
        }
    }
}

/// Why the tree was not changed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum TreeError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// Empty, or without a visible character.
    NoName,
    /// Longer than [`NAME_LIMIT`] characters, or with a `/`, which joins names to a path.
    BadName,
    /// Longer than [`TEXT_LIMIT`] characters.
    LongText,
    /// A sibling is called so on one of the dates.
    NameTaken {
        /// As the sibling writes it.
        name: String,
    },
    /// The place it should hang under is not there on this date.
    NoParent(Date),
    /// A place of this kind cannot hang there.
    KindsDoNotFit {
        /// What should hang.
        child: PlaceKind,
        /// Under what.
        parent: PlaceKind,
    },
    /// A front needs one of the five kinds; anything else has none.
    FrontKind,
    /// A place cannot lie in itself.
    InsideItself,
    /// More levels than the tree has.
    TooDeep,
    /// The date has not come.
    InTheFuture,
    /// The place was changed on this later date; its past stands.
    TooEarly(Date),
    /// It was closed.
    Closed,
    /// Something still hangs under it.
    HasChildren,
    /// Units still lie in it: so many.
    HasUnits(i64),
    /// A place cannot be merged into itself or into what lies in it.
    SamePlace,
    /// Only places of one kind can be merged.
    DifferentKinds,
    /// The reason is missing.
    NoReason,
    /// The city and its towns keep their place.
    Fixed,
    /// Splitting needs at least one new name, and at most [`crate::SPLIT_LIMIT`].
    Parts,
    /// A child that does not hang there, or that was given to two parts.
    NotAChild,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl TreeError {
    /// The form field that it belongs to, when it belongs to one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoName | Self::BadName | Self::NameTaken { .. } => Some("name"),
            Self::LongText => Some("address"),
            Self::NoParent(_) | Self::KindsDoNotFit { .. } | Self::InsideItself | Self::TooDeep => {
                Some("parent")
            }
            Self::FrontKind => Some("front"),
            Self::InTheFuture | Self::TooEarly(_) => Some("on"),
            Self::SamePlace | Self::DifferentKinds => Some("into"),
            Self::NoReason => Some("reason"),
            Self::Parts => Some("part_1"),
            _ => None,
        }
    }

    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::NoName => "name-missing",
            Self::BadName => "name-unfit",
            Self::LongText => "text-too-long",
            Self::NameTaken { .. } => "name-taken",
            Self::NoParent(_) => "no-parent",
            Self::KindsDoNotFit { .. } => "kinds-do-not-fit",
            Self::FrontKind => "front-kind",
            Self::InsideItself => "inside-itself",
            Self::TooDeep => "too-deep",
            Self::InTheFuture => "in-the-future",
            Self::TooEarly(_) => "too-early",
            Self::Closed => "closed",
            Self::HasChildren => "has-children",
            Self::HasUnits(_) => "has-units",
            Self::SamePlace => "same-place",
            Self::DifferentKinds => "different-kinds",
            Self::NoReason => "no-reason",
            Self::Fixed => "fixed",
            Self::Parts => "parts",
            Self::NotAChild => "not-a-child",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => {
                "你不能改这个地点。什么也没有改。需要的话，请管理员给你权限。".into()
            }
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::NoName => "名称没有填，还没有存。请填名称。".into(),
            Self::BadName => {
                format!("名称不能超过 {NAME_LIMIT} 个字，也不能有“/”。还没有存，请改一下名称。")
            }
            Self::LongText => format!("文字超过 {TEXT_LIMIT} 个字，还没有存。请写短一些。"),
            Self::NameTaken { name } => {
                format!("同一级已经有“{name}”，还没有存。请换个名称，或先给那一个改名。")
            }
            Self::NoParent(on) => {
                format!("上级在 {on} 还没有或已经关闭，什么也没有改。请换一个上级或日期。")
            }
            Self::KindsDoNotFit { child, parent } => format!(
                "{}不能直接放在{}下面，什么也没有改。请换一个上级。",
                child.label(),
                parent.label()
            ),
            Self::FrontKind => "阵地要选五类中的一类，其他地点不选。还没有存，请改一下。".into(),
            Self::InsideItself => {
                "一个地点不能放进它自己的下级里，什么也没有改。请换一个上级。".into()
            }
            Self::TooDeep => "层级太深，什么也没有改。请换一个离区镇近一些的上级。".into(),
            Self::InTheFuture => "日期在今天以后，还没有存。请填今天或以前的日期。".into(),
            Self::TooEarly(since) => format!(
                "这里在 {since} 已经变过一次，那以前的样子不再改，什么也没有动。请填 {since} 以后的日期。"
            ),
            Self::Closed => "这个地点已经关闭，什么也没有改。请选一个还在用的地点。".into(),
            Self::HasChildren => "下面还有地点，没有关闭。请先把它们移走、并走或关闭。".into(),
            Self::HasUnits(count) => format!(
                "里面还有 {count} 家在营单位，没有关闭。请先把它们改到别的地点，或改用合并。"
            ),
            Self::SamePlace => "不能并入它自己或它的下级，什么也没有改。请换一个地点。".into(),
            Self::DifferentKinds => "只有同一级的地点能合并，什么也没有改。请换一个地点。".into(),
            Self::NoReason => "原因没有填，什么也没有改。请写一句为什么。".into(),
            Self::Fixed => "全市和区镇的位置不能这样改，什么也没有动。改名请用改名。".into(),
            Self::Parts => "请填 1 到 4 个新地点的名称，不要重名。什么也没有改。".into(),
            Self::NotAChild => {
                "分出去的下级里有一个已经不在这里，什么也没有改。请刷新页面再分。".into()
            }
            Self::Conflict => {
                "有人先改了这个地点，你的没有存，他的还在。请刷新页面，对照后再改。".into()
            }
        }
    }
}

impl From<TreeError> for Refused {
    fn from(error: TreeError) -> Self {
        match error {
            TreeError::Denied(denied) => denied.into(),
            TreeError::Fault(fault) => fault.into(),
            TreeError::Conflict => Self::conflict(error.code(), error.message()),
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}

/// Why a station, a body or a key site was not changed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum ChangeError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// Empty.
    NoName,
    /// Longer than [`NAME_LIMIT`] characters.
    BadName,
    /// Longer than [`TEXT_LIMIT`] characters.
    LongText,
    /// Another one, still open, is called so.
    NameTaken {
        /// As the other writes it.
        name: String,
    },
    /// The date has not come.
    InTheFuture,
    /// It changed on this later date; its past stands.
    TooEarly(Date),
    /// It was closed.
    Closed,
    /// It is not a town.
    NotATown,
    /// The place is not there on this date.
    NoPlace(Date),
    /// The place lies in another town.
    OtherTown,
    /// The station covers the place already.
    AlreadyCovered,
    /// The station does not cover the place.
    NotCovered,
    /// A rule without any condition would take every unit.
    EmptyRule,
    /// The town has a key site for the industry.
    KeySiteTaken {
        /// What the place is called.
        name: String,
    },
    /// Only a front, an area or a shop can be a key site.
    NotASite,
    /// The reason is missing.
    NoReason,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl ChangeError {
    /// The form field that it belongs to, when it belongs to one.
    pub fn field(&self) -> Option<&'static str> {
        match self {
            Self::NoName | Self::BadName | Self::NameTaken { .. } => Some("name"),
            Self::LongText => Some("address"),
            Self::InTheFuture | Self::TooEarly(_) => Some("on"),
            Self::NotATown => Some("town"),
            Self::NoPlace(_) | Self::OtherTown | Self::AlreadyCovered | Self::NotASite => {
                Some("place")
            }
            Self::KeySiteTaken { .. } => Some("industry"),
            Self::EmptyRule => Some("rule_1"),
            Self::NoReason => Some("reason"),
            _ => None,
        }
    }

    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) => "refused",
            Self::NoName => "name-missing",
            Self::BadName => "name-unfit",
            Self::LongText => "text-too-long",
            Self::NameTaken { .. } => "name-taken",
            Self::InTheFuture => "in-the-future",
            Self::TooEarly(_) => "too-early",
            Self::Closed => "closed",
            Self::NotATown => "not-a-town",
            Self::NoPlace(_) => "no-place",
            Self::OtherTown => "other-town",
            Self::AlreadyCovered => "already-covered",
            Self::NotCovered => "not-covered",
            Self::EmptyRule => "empty-rule",
            Self::KeySiteTaken { .. } => "key-site-taken",
            Self::NotASite => "not-a-site",
            Self::NoReason => "no-reason",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => "你不能改这一条。什么也没有改。需要的话，请管理员给你权限。".into(),
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::NoName => "名称没有填，还没有存。请填名称。".into(),
            Self::BadName => format!("名称超过 {NAME_LIMIT} 个字，还没有存。请写短一些。"),
            Self::LongText => format!("文字超过 {TEXT_LIMIT} 个字，还没有存。请写短一些。"),
            Self::NameTaken { name } => format!("已经有“{name}”，还没有存。请换个名称。"),
            Self::InTheFuture => "日期在今天以后，还没有存。请填今天或以前的日期。".into(),
            Self::TooEarly(since) => format!(
                "这里在 {since} 已经变过一次，那以前的样子不再改，什么也没有动。请填 {since} 以后的日期。"
            ),
            Self::Closed => "它已经关闭，什么也没有改。请选一个还在用的。".into(),
            Self::NotATown => "要选一个区镇，还没有存。请从列表里选。".into(),
            Self::NoPlace(on) => {
                format!("这个地点在 {on} 还没有或已经关闭，什么也没有改。请换一个地点或日期。")
            }
            Self::OtherTown => "这个地点不在本区镇，什么也没有改。请换一个地点。".into(),
            Self::AlreadyCovered => "这个地点已经归这个工作站，什么也没有改。不用再办。".into(),
            Self::NotCovered => "这个地点现在不归这个工作站，什么也没有改。请刷新页面看看。".into(),
            Self::EmptyRule => {
                "每条规则至少要有一个条件，还没有存。请补一个条件，或删掉这条。".into()
            }
            Self::KeySiteTaken { name } => {
                format!("这个区镇的这个行业已经有重点“{name}”，还没有存。要换，请先撤下那一个。")
            }
            Self::NotASite => "重点要是阵地、楼层街区或商铺，还没有存。请换一个地点。".into(),
            Self::NoReason => "原因没有填，什么也没有改。请写一句为什么。".into(),
            Self::Conflict => {
                "有人先改了这一条，你的没有存，他的还在。请刷新页面，对照后再改。".into()
            }
        }
    }
}

impl From<ChangeError> for Refused {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Denied(denied) => denied.into(),
            ChangeError::Fault(fault) => fault.into(),
            ChangeError::Conflict | ChangeError::KeySiteTaken { .. } => {
                Self::conflict(error.code(), error.message())
            }
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}

/// Turns a refusal into a note beside its field, so that the form comes back with what was typed;
/// anything that belongs to no field is passed on.
pub trait Beside: Sized + Into<Refused> {
    /// The field and the words, when it belongs to a field.
    fn beside(&self) -> Option<(&'static str, String)>;

    /// The errors to show the form again with, or the refusal as a whole.
    fn into_errors(self) -> Result<FieldErrors, Refused> {
        let Some((field, message)) = self.beside() else { return Err(self.into()) };
        let mut errors = FieldErrors::new();
        errors.add(field, message);
        Ok(errors)
    }
}
impl Beside for TreeError {
    fn beside(&self) -> Option<(&'static str, String)> {
        self.field().map(|field| (field, self.message()))
    }
}
impl Beside for ChangeError {
    fn beside(&self) -> Option<(&'static str, String)> {
        self.field().map(|field| (field, self.message()))
    }
}
