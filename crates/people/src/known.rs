//! Who came in lately: what the doorman read of a secret, kept until anything is written.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// A number of the journal, and what was read under it.
type Readings<T> = (i64, HashMap<Vec<u8>, Arc<T>>);

/// Kept readings by the hash of the secret. A part of the site's [`State`](web::State).
///
/// Every change of a session, a token, an account or a grant is in the journal, so a reading is
/// true while the journal's number is the same, on whichever node the change was made. What time
/// alone decides, and the note of a visit, the doorman looks at each time.
#[derive(Debug)]
pub(crate) struct Lately<T> {
    kept: Mutex<Readings<T>>,
}

impl<T> Default for Lately<T> {
    fn default() -> Self {
        Self { kept: Mutex::new((0, HashMap::new())) }
    }
}

/// How many are kept at once.
const MOST: usize = 4_096;

impl<T> Lately<T> {
    /// What was read under this number of the journal.
    pub(crate) fn get(&self, version: i64, hash: &[u8]) -> Option<Arc<T>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 == version { kept.1.get(hash).cloned() } else { None }
    }

    /// Keeps a reading that began after the journal had this number.
    pub(crate) fn keep(&self, version: i64, hash: Vec<u8>, read: Arc<T>) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 < version || kept.1.len() >= MOST {
            *kept = (version.max(kept.0), HashMap::new());
        }
        if kept.0 == version {
            kept.1.insert(hash, read);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reading_lasts_until_something_is_written() {
        let lately = Lately::default();
        lately.keep(7, vec![1], Arc::new("one"));
        assert_eq!(lately.get(7, &[1]).as_deref(), Some(&"one"));
        assert_eq!(lately.get(8, &[1]), None, "something was written since");
        lately.keep(8, vec![2], Arc::new("two"));
        assert_eq!(lately.get(7, &[1]), None, "what was true before is forgotten");
        lately.keep(7, vec![3], Arc::new("late"));
        assert_eq!(lately.get(7, &[3]), None, "a late reader keeps nothing");
        assert_eq!(lately.get(8, &[3]), None);
        assert_eq!(lately.get(8, &[2]).as_deref(), Some(&"two"));
    }
}
