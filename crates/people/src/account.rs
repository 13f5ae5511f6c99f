//! An account: its name, its state, its lock.

use jiff::Timestamp;
use kernel::{actor::AccountId, code_enum, fold, fold::is_invisible};

code_enum! {
    /// Whether an account may be used.
    pub enum AccountState {
        /// It may.
        Active = "active" "启用",
        /// It may not; its sessions and tokens have ended.
        Disabled = "disabled" "停用",
    }
}

/// An account, without its password.
#[derive(Clone, Debug)]
pub struct Account {
    /// Which.
    pub id: AccountId,
    /// What is typed to sign in.
    pub name: String,
    /// What pages and the journal call its person.
    pub display_name: String,
    /// Whether it may be used.
    pub state: AccountState,
    /// Until when its one-time password holds, while it has one.
    pub one_time_until: Option<Timestamp>,
    /// Wrong passwords in a row.
    pub failed_count: i64,
    /// Until when no password is taken.
    pub locked_until: Option<Timestamp>,
    /// When somebody last signed in.
    pub last_signed_in_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
}

impl Account {
    /// Whether it is locked now.
    pub fn is_locked(&self, now: Timestamp) -> bool {
        self.locked_until.is_some_and(|until| until > now)
    }
    /// Whether it may be used.
    pub fn is_active(&self) -> bool {
        self.state == AccountState::Active
    }
}

/// Most characters of an account's name.
pub(crate) const LONGEST_NAME: usize = 40;

/// A name as it is typed to sign in: letters, digits and `. _ - @`, 2 to 40 of them.
pub(crate) fn account_name(text: &str) -> Option<String> {
    let name = text.trim();
    let length = name.chars().count();
    let plain = |one: char| one.is_alphanumeric() || matches!(one, '.' | '_' | '-' | '@');
    let fits = (2..=LONGEST_NAME).contains(&length) && name.chars().all(plain);
    // A name that folds to less than itself could hide a second one behind it.
    (fits && fold(name).chars().count() == length).then(|| name.to_owned())
}

/// A text for people: one line, nothing invisible, so many characters at most.
pub(crate) fn plain_line(text: &str, most: usize) -> Option<String> {
    let kept = text.chars().filter(|one| !is_invisible(*one));
    let line: String = kept.map(|one| if one.is_whitespace() { ' ' } else { one }).collect();
    let line = line.trim().to_owned();
    (!line.is_empty() && line.chars().count() <= most).then_some(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_words() {
        for name in ["chen", "陈立", "a.b_c-d@e", "ＣＨＥＮ"] {
            assert_eq!(account_name(&format!(" {name} ")).as_deref(), Some(name));
        }
        let long = "a".repeat(LONGEST_NAME + 1);
        for wrong in ["", "a", "a b", "a\u{200b}b", "a'b", "<b>", "a\0b", &long] {
            assert_eq!(account_name(wrong), None, "{wrong:?}");
        }
    }

    #[test]
    fn a_line_for_people_is_one_visible_line() {
        assert_eq!(
            plain_line(" 市党群\u{200b}中心\n陈立 ", 20).as_deref(),
            Some("市党群中心 陈立")
        );
        assert_eq!(plain_line("\u{0}\u{200b} ", 20), None);
        assert_eq!(plain_line("123456", 5), None);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_taken_can_be_stored(text: String) {
            if let Some(name) = account_name(&text) {
                proptest::prop_assert!(!name.contains('\0') && !fold(&name).is_empty());
            }
            if let Some(line) = plain_line(&text, 80) {
                proptest::prop_assert!(!line.contains('\0') && line.chars().count() <= 80);
            }
        }
    }
}
