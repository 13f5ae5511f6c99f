//! Cursors: where a list goes on, in a word that means nothing to its holder.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};

/// The sort keys of the last row shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cursor(pub Vec<String>);

impl Cursor {
    /// As it stands in a URL.
    pub fn encode(&self) -> String {
        URL_SAFE_NO_PAD.encode(serde_json::to_vec(&self.0).unwrap_or_default())
    }
    /// Takes it back; `None` for anything that we did not make.
    pub fn decode(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        serde_json::from_slice(&bytes).ok().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::Cursor;

    proptest::proptest! {
        #[test]
        fn a_cursor_survives_its_url(keys: Vec<String>) {
            let cursor = Cursor(keys);
            proptest::prop_assert_eq!(Cursor::decode(&cursor.encode()), Some(cursor));
        }
        #[test]
        fn other_words_are_refused_quietly(text: String) {
            let _ = Cursor::decode(&text);
        }
    }
}
