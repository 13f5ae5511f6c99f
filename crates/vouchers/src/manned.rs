//! Keeps a writer at a desk: a panic is one set's loss, and not the end of the desk.

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt as _;

/// Runs a desk's writer, and begins again when it panics. Whoever asked in that set is told that
/// nobody knows whether it was written; asked again with their key, they learn it.
pub(crate) async fn man<Writing>(write_on: impl Fn() -> Writing)
where
    Writing: Future<Output = ()>,
{
    while AssertUnwindSafe(write_on()).catch_unwind().await.is_err() {
        tracing::error!("a desk's writer panicked; it begins again");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_panic_is_not_the_end_of_the_desk() {
        let begun = AtomicUsize::new(0);
        man(|| async {
            assert!(begun.fetch_add(1, Ordering::Relaxed) >= 2, "the first two sets are cursed");
        })
        .await;
        assert_eq!(begun.load(Ordering::Relaxed), 3);
    }
}
