//! A closed set of words that is stored, sent and shown: one enum, one spelling for each word.

/// An enum whose every value has one stable spelling in tables, URLs and JSON, and one Chinese
/// label for people. Made by [`code_enum!`](crate::code_enum).
pub trait Code: Copy + Sized + 'static {
    /// Every value, in the order that people expect to see them.
    const ALL: &'static [Self];
    /// The stable spelling: a table's, a URL's and the API's.
    fn code(self) -> &'static str;
    /// The Chinese word that a page shows; also the key for its translation.
    fn label(self) -> &'static str;
    /// The value with this spelling, if there is one.
    fn from_code(code: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.code() == code)
    }
    /// The value with this Chinese label, if there is one.
    fn from_label(label: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|one| one.label() == label)
    }
}

/// Declares an enum that is a [`Code`]: `Name { Variant = "code" "标签", … }`.
///
/// It also gets `Display` (the code), `FromStr`, serde and JSON schema, all by the same spelling.
#[macro_export]
macro_rules! code_enum {
    ($(#[$meta:meta])* $vis:vis enum $name:ident {
        $($(#[$vmeta:meta])* $variant:ident = $code:literal $label:literal),+ $(,)?
    }) => {
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord,
            ::serde::Serialize, ::serde::Deserialize, ::schemars::JsonSchema)]
        $vis enum $name {
            $($(#[$vmeta])* #[doc = $label] #[serde(rename = $code)] $variant),+
        }
        impl $crate::Code for $name {
            const ALL: &'static [Self] = &[$(Self::$variant),+];
            fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
            fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str($crate::Code::code(*self))
            }
        }
        impl ::std::str::FromStr for $name {
            type Err = $crate::code::UnknownCode;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                <Self as $crate::Code>::from_code(text).ok_or($crate::code::UnknownCode)
            }
        }
    };
}

/// A word that is not in the set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not one of the known words")]
pub struct UnknownCode;
