//! A session: a browser that signed in, until it is idle, old, or ended.

use jiff::{SignedDuration, Timestamp};
use kernel::{code_enum, id_kind};

id_kind!(SessionKind, SessionId, "ses");

code_enum! {
    /// Why a session was ended, when it did not end by itself.
    pub enum EndReason {
        /// Its person signed out.
        SignedOut = "signed_out" "已退出",
        /// Its person ended it from another device.
        Revoked = "revoked" "在别处结束",
        /// The password was changed.
        PasswordChanged = "password_changed" "密码已改",
        /// The account was disabled.
        Disabled = "disabled" "账号停用",
    }
}

/// How long things last at the door.
#[derive(Clone, Debug)]
pub struct SessionRules {
    /// Wrong passwords in a row that lock an account.
    pub failures: i64,
    /// How long it stays locked.
    pub lock_for: SignedDuration,
    /// A session that nobody used for so long has ended.
    pub idle_for: SignedDuration,
    /// No session lives longer.
    pub longest: SignedDuration,
}

impl Default for SessionRules {
    /// 等保 2.0: 15 minutes after 5 failures, 30 minutes idle; half a day in all.
    fn default() -> Self {
        Self {
            failures: 5,
            lock_for: SignedDuration::from_mins(15),
            idle_for: SignedDuration::from_mins(30),
            longest: SignedDuration::from_hours(12),
        }
    }
}

/// A session as its person sees it.
#[derive(Clone, Debug)]
pub struct Session {
    /// Which.
    pub id: SessionId,
    /// What the browser says of itself.
    pub device: String,
    /// When it began.
    pub opened_at: Timestamp,
    /// When it was last used, to the minute.
    pub last_seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_this: bool,
}

/// How a session stands now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    Open,
    Ended(Option<EndReason>),
    Idle,
    Old,
}

/// When a session did what.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Times {
    pub(crate) opened_at: Timestamp,
    pub(crate) last_seen_at: Timestamp,
    pub(crate) ended_at: Option<Timestamp>,
    pub(crate) end_reason: Option<EndReason>,
}

/// A session's use is noted this often, so that reading pages does not write each time.
const NOTED_EVERY: SignedDuration = SignedDuration::from_mins(1);

impl Times {
    pub(crate) fn standing(&self, rules: &SessionRules, now: Timestamp) -> Standing {
        if self.ended_at.is_some() {
            Standing::Ended(self.end_reason)
        } else if now.duration_since(self.opened_at) >= rules.longest {
            Standing::Old
        } else if now.duration_since(self.last_seen_at) >= rules.idle_for {
            Standing::Idle
        } else {
            Standing::Open
        }
    }
    pub(crate) fn should_note(&self, now: Timestamp) -> bool {
        now.duration_since(self.last_seen_at) >= NOTED_EVERY
    }
}

/// The browser and system in a user agent, as a person would name their device.
pub(crate) fn device_name(agent: &str) -> &'static str {
    let has = |word: &str| agent.contains(word);
    let phone = has("iPhone") || has("Android") || has("HarmonyOS") || has("Mobile");
    match (has("MicroMessenger"), phone) {
        (true, _) => "微信",
        (_, true) if has("iPhone") => "苹果手机",
        (_, true) => "手机",
        _ if has("Windows") => "Windows 电脑",
        _ if has("Macintosh") => "苹果电脑",
        _ if has("Linux") => "Linux 电脑",
        _ => "其他设备",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minutes: i64) -> Timestamp {
        Timestamp::UNIX_EPOCH + SignedDuration::from_mins(minutes)
    }

    fn standing(last_seen: i64, now: i64) -> Standing {
        let times = Times {
            opened_at: at(0),
            last_seen_at: at(last_seen),
            ended_at: None,
            end_reason: None,
        };
        times.standing(&SessionRules::default(), at(now))
    }

    #[test]
    fn half_an_hour_idle_or_half_a_day_in_all() {
        assert_eq!(standing(0, 29), Standing::Open);
        assert_eq!(standing(0, 30), Standing::Idle);
        assert_eq!(standing(700, 719), Standing::Open);
        assert_eq!(standing(719, 720), Standing::Old);
    }

    #[test]
    fn an_ended_session_stays_ended() {
        let end_reason = Some(EndReason::SignedOut);
        let times =
            Times { opened_at: at(0), last_seen_at: at(0), ended_at: Some(at(1)), end_reason };
        let rules = SessionRules::default();
        assert_eq!(times.standing(&rules, at(1)), Standing::Ended(end_reason));
    }

    #[test]
    fn devices_are_named_as_people_name_them() {
        let phone = "Mozilla/5.0 (iPhone; CPU iPhone OS 14_0 like Mac OS X)";
        assert_eq!(device_name(phone), "苹果手机");
        assert_eq!(device_name(&format!("{phone} MicroMessenger/8.0")), "微信");
        assert_eq!(device_name("Mozilla/5.0 (Windows NT 10.0; Win64)"), "Windows 电脑");
        assert_eq!(device_name(""), "其他设备");
    }
}
