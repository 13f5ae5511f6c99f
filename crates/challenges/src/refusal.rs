//! Why a verb of this room did not do it. Every refusal says what happened, what is safe, what to
//! do.

use db::Fault;
use kernel::Code as _;
use places::Denied;
use vouchers::BatchError;
use web::{FieldErrors, Refused};

use crate::ChallengeState;

/// Why nothing was changed.
#[derive(Debug, thiserror::Error)]
#[error("{}", self.message())]
pub enum ChallengeError {
    /// The actor may not.
    Denied(#[from] Denied),
    /// The database failed.
    Fault(#[from] Fault),
    /// Some fields are wrong.
    Fields(FieldErrors),
    /// The challenge stands where this cannot be done.
    WrongState(ChallengeState),
    /// The campaign or the sub-event takes no challenge now.
    NotNow,
    /// Fewer stations than it takes to complete it.
    TooFewStations {
        /// How many there would be.
        stations: i64,
        /// How many it takes.
        need: i64,
    },
    /// As many stations as a code can tell apart.
    TooManyStations,
    /// A station's merchant does not take part in the campaign now; its name.
    NotAMember(String),
    /// There is no reward to promise.
    NoReward,
    /// The reward's batch cannot be opened now.
    Batch(BatchError),
    /// The station was closed before.
    StationOver,
    /// A reason is missing or too long.
    Reason,
    /// Somebody judged the visit before.
    Judged,
    /// Somebody else changed it meanwhile.
    Conflict,
}

impl ChallengeError {
    /// A stable word for scripts.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Denied(_) | Self::Fault(_) | Self::Batch(_) => "refused",
            Self::Fields(_) => "invalid-fields",
            Self::WrongState(_) => "wrong-state",
            Self::NotNow => "not-now",
            Self::TooFewStations { .. } => "too-few-stations",
            Self::TooManyStations => "too-many-stations",
            Self::NotAMember(_) => "not-a-member",
            Self::NoReward => "no-reward",
            Self::StationOver => "station-over",
            Self::Reason => "no-reason",
            Self::Judged => "judged-before",
            Self::Conflict => "version-conflict",
        }
    }

    /// What happened, what is safe, what to do.
    pub fn message(&self) -> String {
        match self {
            Self::Denied(_) => "你不能办这件事。什么也没有改。需要的话，请管理员给你权限。".into(),
            Self::Fault(_) => "系统出了问题，什么也没有改。请再试一次。".into(),
            Self::Fields(errors) => {
                format!("有 {} 处要改，还没有存。你填的都在。", errors.len())
            }
            Self::WrongState(state) => format!(
                "挑战现在是“{}”，不能这样办，什么也没有改。请刷新页面，看下一步是什么。",
                state.label()
            ),
            Self::NotNow => {
                "活动还没批准、已经结束，或者子活动取消了，什么也没有改。请先看活动页面。".into()
            }
            Self::TooFewStations { stations, need } => format!(
                "打卡点只有 {stations} 个，完成要打 {need} 个，什么也没有改。请先添打卡点，或者改规则。"
            ),
            Self::TooManyStations => {
                "打卡点最多 99 个，没有再添。请先停一个，或者另办一个挑战。".into()
            }
            Self::NotAMember(name) => format!(
                "打卡点“{name}”的商户现在没有参加活动，挑战没有开始。请先确认它参加，或者停了这个打卡点。"
            ),
            Self::NoReward => {
                "还没有选奖励的券，挑战没有开始。请先改规则，选一批出资方批准过的券。".into()
            }
            Self::Batch(_) => {
                "奖励的那批券现在不能开始发，挑战没有开始。请看那批券是不是已经批准。".into()
            }
            Self::StationOver => "这个打卡点已经停了，什么也没有改。需要的话，请另添一个。".into(),
            Self::Reason => "原因要写，不超过 200 个字。什么也没有改，请写一句为什么。".into(),
            Self::Judged => "有人先复核了这一次，你的没有存，他的还在。请刷新页面，看结果。".into(),
            Self::Conflict => {
                "有人先改了这一条，你的没有存，他的还在。请刷新页面，对照后再改。".into()
            }
        }
    }

    /// The errors to show a form again with, or the refusal as a whole.
    pub(crate) fn into_errors(self) -> Result<FieldErrors, Refused> {
        match self {
            Self::Fields(errors) => Ok(errors),
            other => Err(other.into()),
        }
    }
}

impl From<BatchError> for ChallengeError {
    fn from(error: BatchError) -> Self {
        match error {
            BatchError::Fault(fault) => Self::Fault(fault),
            BatchError::Denied(vouchers::Denied::Forbidden) => Denied::Forbidden.into(),
            BatchError::Denied(vouchers::Denied::Invisible) => Denied::Invisible.into(),
            other => Self::Batch(other),
        }
    }
}

impl From<ChallengeError> for Refused {
    fn from(error: ChallengeError) -> Self {
        match error {
            ChallengeError::Denied(denied) => denied.into(),
            ChallengeError::Fault(fault) => fault.into(),
            ChallengeError::Fields(errors) => Self::Invalid(errors),
            ChallengeError::Batch(_) => Self::conflict("reward-state", error.message()),
            ChallengeError::Conflict
            | ChallengeError::Judged
            | ChallengeError::WrongState(_)
            | ChallengeError::StationOver
            | ChallengeError::NotNow => Self::conflict(error.code(), error.message()),
            other => Self::unprocessable(other.code(), other.message()),
        }
    }
}

/// Why there is no visit at all: nothing was written.
#[derive(Debug, thiserror::Error)]
#[error("no visit")]
pub enum VisitRefused {
    /// No such challenge that anybody may see.
    NotFound,
    /// Who asks is no citizen.
    NotACitizen,
    /// The database failed; the same code may be sent again.
    Fault(#[from] Fault),
    /// No station of this challenge shows this code, or did within ten minutes.
    UnknownCode,
    /// Nobody can take part any more.
    Over,
    /// Too many codes that did not count.
    TooMany {
        /// Seconds to wait.
        wait: u32,
    },
}

impl From<VisitRefused> for Refused {
    fn from(refused: VisitRefused) -> Self {
        match refused {
            VisitRefused::NotFound => Self::NotFound,
            VisitRefused::NotACitizen => Self::Forbidden,
            VisitRefused::Fault(fault) => fault.into(),
            VisitRefused::UnknownCode => Self::unprocessable(
                "unknown-code",
                "这不是这个挑战的打卡码，没有记。请看打卡点屏幕上的 8 个数，再扫一次或再填一次。",
            ),
            VisitRefused::Over => {
                Self::conflict("over", "这个挑战已经结束，没有记。之前打的卡都还在。")
            }
            VisitRefused::TooMany { wait } => Self::TooMany {
                message: "不算数的码试得太多，这次没有记，之前打的卡都还在。请过一会儿再试，\
                          或者打电话问。"
                    .into(),
                retry_after: wait,
            },
        }
    }
}
