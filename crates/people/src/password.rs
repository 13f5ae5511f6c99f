//! Passwords: which are good enough, and how they are kept.

use std::{
    fmt,
    sync::{Arc, OnceLock},
};

use argon2::{
    Algorithm, Argon2, Params, Version,
    password_hash::{PasswordHasher as _, PasswordVerifier as _, phc},
};
use db::Fault;
use jiff::{SignedDuration, Timestamp};
use kernel::{Cx, fold};
use tokio::sync::Semaphore;

/// What a password must have.
#[derive(Clone, Debug)]
pub struct PasswordRules {
    /// Fewest characters.
    pub least_length: usize,
    /// Fewest of the four classes: small letters, capitals, digits, all other characters.
    pub least_classes: usize,
    /// How dear one guess is.
    pub cost: Cost,
    /// How long a one-time password holds.
    pub one_time_for: SignedDuration,
}

/// The cost of argon2id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cost {
    /// Memory, in KiB.
    pub memory_kib: u32,
    /// Passes over it.
    pub passes: u32,
    /// Lanes in parallel.
    pub lanes: u32,
}

impl Cost {
    /// OWASP's Password Storage Cheat Sheet for argon2id: 19 MiB, two passes, one lane.
    pub const OWASP: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };
    /// The least that argon2 can do. For tests and generated cities alone: it protects nothing.
    pub const CHEAP: Self = Self { memory_kib: 8, passes: 1, lanes: 1 };
}

impl Default for PasswordRules {
    /// 等保 2.0: eight characters of three classes.
    fn default() -> Self {
        Self {
            least_length: 8,
            least_classes: 3,
            cost: Cost::OWASP,
            one_time_for: SignedDuration::from_hours(72),
        }
    }
}

/// Most bytes of a password: longer ones only cost work.
const LONGEST: usize = 256;

/// Why a password is not good enough.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Weakness {
    /// Fewer characters than this.
    #[error("密码至少要 {0} 个字符")]
    Short(usize),
    /// More than anybody types.
    #[error("密码太长，请不要超过 256 个字节")]
    Long,
    /// Fewer classes than this.
    #[error("密码要有小写字母、大写字母、数字、其他符号中的至少 {0} 种")]
    Plain(usize),
    /// It contains the account's name.
    #[error("密码里不能有账号名")]
    HasName,
}

impl PasswordRules {
    /// Whether this account may have this password.
    pub fn check(&self, name: &str, password: &str) -> Result<(), Weakness> {
        if password.len() > LONGEST {
            return Err(Weakness::Long);
        }
        if password.chars().count() < self.least_length {
            return Err(Weakness::Short(self.least_length));
        }
        if classes(password) < self.least_classes {
            return Err(Weakness::Plain(self.least_classes));
        }
        let name = fold(name);
        if !name.is_empty() && fold(password).contains(&name) {
            return Err(Weakness::HasName);
        }
        Ok(())
    }
}

fn classes(password: &str) -> usize {
    let has = |is: fn(&char) -> bool| usize::from(password.chars().any(|one| is(&one)));
    has(char::is_ascii_lowercase)
        + has(char::is_ascii_uppercase)
        + has(char::is_ascii_digit)
        + has(|one| !one.is_ascii_alphanumeric())
}

/// A password as it is kept: a PHC string.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct PasswordHash(pub(crate) String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash(…)")
    }
}

/// A password that was checked and hashed, ready to be an account's. Made by
/// [`Rules::new_password`](crate::Rules::new_password) or
/// [`Rules::one_time_password`](crate::Rules::one_time_password), before any transaction begins:
/// hashing is slow on purpose.
#[derive(Clone, Debug)]
pub struct NewPassword {
    pub(crate) hash: PasswordHash,
    pub(crate) one_time_until: Option<Timestamp>,
}

/// Why there is no new password.
#[derive(Debug, thiserror::Error)]
pub enum PasswordRefused {
    /// It is not good enough.
    #[error(transparent)]
    Weak(#[from] Weakness),
    /// Unexpected.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Hashes off the runtime's threads, a few at a time, so that a flood of sign-ins takes no more
/// than 76 MiB and leaves the pages their processors.
#[derive(Clone)]
pub(crate) struct Hasher {
    cost: Cost,
    turns: Arc<Semaphore>,
    nobody: Arc<OnceLock<String>>,
}

const AT_ONCE: usize = 4;

impl Hasher {
    pub(crate) fn new(cost: Cost) -> Self {
        let turns = Arc::new(Semaphore::new(AT_ONCE));
        Self { cost, turns, nobody: Arc::default() }
    }

    /// Hashes with a fresh salt.
    pub(crate) async fn hash(&self, cx: &Cx, password: &str) -> Result<PasswordHash, Fault> {
        let (cost, salt, password) = (self.cost, cx.random::<16>(), password.to_owned());
        self.in_turn(move || hash(cost, &password, &salt)).await?.map(PasswordHash)
    }

    /// Whether the password is the one that was hashed. Without a hash the same work is done,
    /// and the answer is no: the time tells nobody whether there is such an account.
    pub(crate) async fn verify(
        &self,
        password: &str,
        kept: Option<&PasswordHash>,
    ) -> Result<bool, Fault> {
        let (cost, nobody, password) = (self.cost, Arc::clone(&self.nobody), password.to_owned());
        let kept = kept.map(|kept| kept.0.clone());
        self.in_turn(move || {
            let is_somebody = kept.is_some();
            let kept = match kept {
                Some(kept) => kept,
                None => nobodys(cost, &nobody)?,
            };
            Ok(verify(cost, &password, &kept)? && is_somebody)
        })
        .await?
    }

    async fn in_turn<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Fault> {
        let broken = |why: String| Fault::Invariant(format!("password hashing: {why}"));
        let _turn = self.turns.acquire().await.map_err(|why| broken(why.to_string()))?;
        tokio::task::spawn_blocking(work).await.map_err(|why| broken(why.to_string()))
    }
}

fn nobodys(cost: Cost, kept: &OnceLock<String>) -> Result<String, Fault> {
    if let Some(kept) = kept.get() {
        return Ok(kept.clone());
    }
    let made = hash(cost, "nobody", b"nobody's own salt")?;
    Ok(kept.get_or_init(|| made).clone())
}

fn argon2(cost: Cost) -> Result<Argon2<'static>, Fault> {
    let params = Params::new(cost.memory_kib, cost.passes, cost.lanes, None).map_err(odd)?;
    Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
}

fn hash(cost: Cost, password: &str, salt: &[u8]) -> Result<String, Fault> {
    let hash: phc::PasswordHash =
        argon2(cost)?.hash_password_with_salt(password.as_bytes(), salt).map_err(odd)?;
    Ok(hash.to_string())
}

fn verify(cost: Cost, password: &str, kept: &str) -> Result<bool, Fault> {
    if password.len() > LONGEST {
        return verify(cost, "too long to be anybody's", kept).map(|_| false);
    }
    let kept = phc::PasswordHash::new(kept).map_err(odd)?;
    Ok(argon2(cost)?.verify_password(password.as_bytes(), &kept).is_ok())
}

fn odd(why: impl fmt::Display) -> Fault {
    Fault::Invariant(format!("argon2: {why}"))
}

/// A password that a person reads once and types once: 60 random bits in three groups, without
/// letters that look alike.
pub(crate) fn one_time_text(cx: &Cx) -> String {
    const ALPHABET: &[u8; 32] = b"23456789abcdefghjkmnpqrstuvwxyzA";
    let letters = cx.random::<12>().map(|byte| char::from(ALPHABET[usize::from(byte & 31)]));
    let group = |from: usize| letters[from..from + 4].iter().collect::<String>();
    format!("{}-{}-{}", group(0), group(4), group(8))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(password: &str) -> Result<(), Weakness> {
        PasswordRules::default().check("Chen.Li", password)
    }

    #[test]
    fn eight_characters_of_three_classes_without_the_name() {
        assert_eq!(check("Kunshan8"), Ok(()));
        assert_eq!(check("昆山kunshan8"), Ok(()));
        assert_eq!(check("Kunsh8!"), Err(Weakness::Short(8)));
        assert_eq!(check("kunshan88"), Err(Weakness::Plain(3)));
        assert_eq!(check("8CHEN.li!x"), Err(Weakness::HasName));
        assert_eq!(check(&"aB3!".repeat(65)), Err(Weakness::Long));
    }

    #[test]
    fn the_rules_can_be_stricter() {
        let strict =
            PasswordRules { least_length: 12, least_classes: 4, ..PasswordRules::default() };
        assert_eq!(strict.check("a", "Kunshan8!"), Err(Weakness::Short(12)));
        assert_eq!(strict.check("chen", "Kunshan20211020"), Err(Weakness::Plain(4)));
        assert_eq!(strict.check("chen", "Kunshan-20211020"), Ok(()));
    }

    #[test]
    fn the_same_password_is_kept_differently_each_time() {
        let one = hash(Cost::CHEAP, "Kunshan8!", b"salt of sixteen!").unwrap();
        let other = hash(Cost::CHEAP, "Kunshan8!", b"another sixteen!").unwrap();
        assert_ne!(one, other);
        assert!(one.starts_with("$argon2id$v=19$m=8,t=1,p=1$"), "{one}");
        for kept in [one, other] {
            assert!(verify(Cost::CHEAP, "Kunshan8!", &kept).unwrap());
            assert!(!verify(Cost::CHEAP, "Kunshan8?", &kept).unwrap());
            // A hash is checked at its own cost, whatever the rules say today.
            assert!(verify(Cost { passes: 2, ..Cost::CHEAP }, "Kunshan8!", &kept).unwrap());
        }
    }

    proptest::proptest! {
        #[test]
        fn a_longer_password_is_never_worse(password in "[ -~]{8,20}", more in "[a-z0-9]{0,5}") {
            let rules = PasswordRules::default();
            if rules.check("陈立陈立", &password).is_ok() {
                proptest::prop_assert!(rules.check("陈立陈立", &(password + &more)).is_ok());
            }
        }
    }
}
