//! A desk where many ask at once and are written down together: concurrent requests for a hot
//! verb are taken as a set, written in one transaction, and each is answered after its commit.
//!
//! There is no queue outside the database that could promise anything: who waits here has no
//! answer yet. Between the commit and the answer nothing can fail but the connection itself, and
//! a repeated request then finds what was written.

use std::sync::{
    Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use tokio::sync::{Notify, oneshot};

/// Somebody who asked, and waits.
pub struct Waiting<Ask, Answer> {
    /// What for.
    pub ask: Ask,
    to: oneshot::Sender<Answer>,
}

impl<Ask, Answer> Waiting<Ask, Answer> {
    /// Answers; who went away in the meantime misses nothing that is not written.
    pub fn answer(self, answer: Answer) {
        let _ = self.to.send(answer);
    }

    /// The question, and where its answer goes, apart.
    pub fn into_parts(self) -> (Ask, Reply<Answer>) {
        (self.ask, Reply(self.to))
    }
}

/// Where an answer goes.
pub struct Reply<Answer>(oneshot::Sender<Answer>);

impl<Answer> Reply<Answer> {
    /// Sends it.
    pub fn send(self, answer: Answer) {
        let _ = self.0.send(answer);
    }
}

/// Why nothing was even tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotAsked {
    /// So many wait that whoever comes now would wait too long.
    #[error("too many wait")]
    Full,
    /// Whoever writes went away without an answer; what became of the request is in the records.
    #[error("the desk was left")]
    Left,
}

/// How often the runtime may turn before a set is closed.
const TURNS: usize = 16;

/// The desk. Bounded; its own wake-up is all that it knows of the runtime.
pub struct Desk<Ask, Answer> {
    line: Mutex<Vec<Waiting<Ask, Answer>>>,
    bell: Notify,
    seats: usize,
    is_manned: AtomicBool,
}

impl<Ask, Answer> Desk<Ask, Answer> {
    /// A desk at which so many may wait.
    pub fn new(seats: usize) -> Self {
        Self {
            line: Mutex::default(),
            bell: Notify::new(),
            seats,
            is_manned: AtomicBool::new(false),
        }
    }

    /// Whether the caller is the first to see the desk, and must put somebody there who writes.
    pub fn needs_writer(&self) -> bool {
        !self.is_manned.load(Ordering::Relaxed) && !self.is_manned.swap(true, Ordering::Relaxed)
    }

    /// Asks, and waits for the answer.
    ///
    /// # Errors
    /// [`NotAsked::Full`] at once; [`NotAsked::Left`] when whoever writes gave up.
    pub async fn ask(&self, ask: Ask) -> Result<Answer, NotAsked> {
        let (to, from) = oneshot::channel();
        let first = {
            let mut line = self.line();
            if line.len() >= self.seats {
                return Err(NotAsked::Full);
            }
            line.push(Waiting { ask, to });
            line.len() == 1
        };
        if first {
            self.bell.notify_one();
        }
        from.await.map_err(|_| NotAsked::Left)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.line().len()
    }

    /// Everybody who waits, in the order in which they came, at most so many; waits for the first,
    /// and for those who are about to speak: as long as others come whenever the runtime turns
    /// once, the set is not closed. A commit costs the same for one as for fifty.
    pub async fn take(&self, most: usize) -> Vec<Waiting<Ask, Answer>> {
        let mut seen = 0;
        for _ in 0..TURNS {
            let waiting = self.waiting();
            if waiting == 0 && seen == 0 {
                self.bell.notified().await;
            } else if waiting == seen || waiting >= most {
                break;
            } else {
                seen = waiting;
                tokio::task::yield_now().await;
            }
        }
        let mut line = self.line();
        if line.len() > most {
            let rest = line.split_off(most);
            return std::mem::replace(&mut *line, rest);
        }
        std::mem::take(&mut *line)
    }

    fn line(&self) -> MutexGuard<'_, Vec<Waiting<Ask, Answer>>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[tokio::test]
    async fn those_who_ask_together_are_taken_together_and_each_gets_an_own_answer() {
        let desk = Arc::new(Desk::<u32, u32>::new(8));
        let asked: Vec<_> = (0..5)
            .map(|one| {
                let desk = Arc::clone(&desk);
                tokio::spawn(async move { desk.ask(one).await })
            })
            .collect();
        while desk.waiting() < 5 {
            tokio::task::yield_now().await;
        }
        let first = desk.take(3).await;
        assert_eq!(first.iter().map(|one| one.ask).collect::<Vec<_>>(), [0, 1, 2]);
        let rest = desk.take(3).await;
        for one in first.into_iter().chain(rest) {
            let answer = one.ask * 10;
            one.answer(answer);
        }
        for (one, asked) in (0_u32..).zip(asked) {
            assert_eq!(asked.await.expect("it runs"), Ok(one * 10));
        }
    }

    #[tokio::test]
    async fn a_full_desk_says_so_and_one_that_is_left_too() {
        let desk = Arc::new(Desk::<u32, u32>::new(1));
        let waiting = tokio::spawn({
            let desk = Arc::clone(&desk);
            async move { desk.ask(1).await }
        });
        while desk.waiting() < 1 {
            tokio::task::yield_now().await;
        }
        assert_eq!(desk.ask(2).await, Err(NotAsked::Full));
        drop(desk.take(1).await);
        assert_eq!(waiting.await.expect("it runs"), Err(NotAsked::Left));
    }
}
