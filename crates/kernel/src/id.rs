//! Typed ids: a `UUIDv7` that knows what it names, shown as a prefixed base32 word (`unt_…`).

use std::{fmt, hash, marker::PhantomData, str::FromStr};

use uuid::Uuid;

/// What an [`Id`] names. Declared with [`id_kind!`](crate::id_kind) by the crate that owns the
/// table.
pub trait Kind: 'static + Send + Sync {
    /// Three letters before the underscore, unique in the product.
    const PREFIX: &'static str;
}

/// Declares a kind of id and its alias: `id_kind!(UnitKind, UnitId, "unt")`.
#[macro_export]
macro_rules! id_kind {
    ($kind:ident, $alias:ident, $prefix:literal) => {
        #[doc = concat!("Marks ids that begin with `", $prefix, "_`.")]
        #[derive(Debug)]
        pub enum $kind {}
        impl $crate::Kind for $kind {
            const PREFIX: &'static str = $prefix;
        }
        #[doc = concat!("An id shown as `", $prefix, "_…`.")]
        pub type $alias = $crate::Id<$kind>;
    };
}

/// A `UUIDv7` naming one record of kind `K`. Sorts by the time it was made.
pub struct Id<K>(Uuid, PhantomData<fn() -> K>);

impl<K> Id<K> {
    /// Takes a stored id back; the caller knows its kind from the column it came from.
    pub const fn from_uuid(uuid: Uuid) -> Self {
        Self(uuid, PhantomData)
    }
    /// The bare value, for storage.
    pub const fn uuid(self) -> Uuid {
        self.0
    }
}

impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<K> hash::Hash for Id<K> {
    fn hash<H: hash::Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

/// Crockford's alphabet in lower case: no i, l, o or u, so a word read aloud survives.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut word = [0u8; 26];
        let mut rest = self.0.as_u128();
        for slot in word.iter_mut().rev() {
            *slot = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        let word = std::str::from_utf8(&word).map_err(|_| fmt::Error)?;
        write!(f, "{}_{word}", K::PREFIX)
    }
}
impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The text is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an id of this kind")]
pub struct NotAnId;

impl<K: Kind> FromStr for Id<K> {
    type Err = NotAnId;
    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let word = text.strip_prefix(K::PREFIX).and_then(|rest| rest.strip_prefix('_'));
        let word = word.filter(|word| word.len() == 26).ok_or(NotAnId)?;
        let mut bits: u128 = 0;
        for (place, byte) in word.bytes().enumerate() {
            let digit = ALPHABET.iter().position(|letter| *letter == byte).ok_or(NotAnId)?;
            // 26 digits hold 130 bits: a first digit above 7 would not fit into 128.
            if place == 0 && digit > 7 {
                return Err(NotAnId);
            }
            bits = (bits << 5) | digit as u128;
        }
        Ok(Self::from_uuid(Uuid::from_u128(bits)))
    }
}
impl<K: Kind> serde::Serialize for Id<K> {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}
impl<'de, K: Kind> serde::Deserialize<'de> for Id<K> {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(from)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
impl<K: Kind> schemars::JsonSchema for Id<K> {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Id_{}", K::PREFIX).into()
    }
    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "type": "string",
            "pattern": format!("^{}_[0-7][0-9a-hjkmnp-tv-z]{{25}}$", K::PREFIX),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    id_kind!(LampKind, LampId, "lmp");
    id_kind!(DoorKind, DoorId, "dor");

    proptest::proptest! {
        #[test]
        fn an_id_survives_being_written(bits: u128) {
            let id = LampId::from_uuid(Uuid::from_u128(bits));
            proptest::prop_assert_eq!(id.to_string().parse::<LampId>(), Ok(id));
            proptest::prop_assert!(id.to_string().parse::<DoorId>().is_err());
        }
        #[test]
        fn text_order_is_id_order(one: u128, other: u128) {
            let (one, other) = (Uuid::from_u128(one), Uuid::from_u128(other));
            let (one, other) = (LampId::from_uuid(one), LampId::from_uuid(other));
            proptest::prop_assert_eq!(one.cmp(&other), one.to_string().cmp(&other.to_string()));
        }
    }

    #[test]
    fn a_word_beyond_128_bits_is_refused() {
        assert!("lmp_8zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<LampId>().is_err());
        assert!("lmp_7zzzzzzzzzzzzzzzzzzzzzzzzz".parse::<LampId>().is_ok());
    }
}
