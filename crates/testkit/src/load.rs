//! So many clients at once against a real server, each asking again as soon as it was answered,
//! and every answer kept.
//!
//! ```text
//! let load = Load { clients: 64, asks: 2_000 };
//! let told = load.run(&client, |turn| Ask::json("POST", &claims, &json!({})));
//! assert_eq!(told.iter().filter(|one| one.status() == Some(201)).count(), 100);
//! ```

use std::{
    sync::{
        Barrier,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use crate::wire::{Ask, Client, Whole};

/// More threads than this measure the scheduler rather than the server.
const MOST: usize = 512;

/// How hard.
#[derive(Clone, Copy, Debug)]
pub struct Load {
    /// Connections at once, each with a thread; 1 to 512.
    pub clients: usize,
    /// Asks in all, shared between the clients as they come.
    pub asks: usize,
}

/// What one ask came to.
#[derive(Clone, Debug)]
pub struct Told {
    /// Which ask, from 0.
    pub turn: usize,
    /// Which client sent it, from 0.
    pub client: usize,
    /// The answer; nothing when the server was gone before it came whole.
    pub answer: Option<Whole>,
}

impl Told {
    /// The answer's status, if it came.
    pub fn status(&self) -> Option<u16> {
        self.answer.as_ref().map(|answer| answer.status)
    }
}

/// What a watcher says after each answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Go {
    /// Ask on.
    On,
    /// Ask no more; asks under way are still answered and kept.
    Stop,
}

impl Load {
    /// Asks `ask(turn)` for every turn; answers in the order of the turns.
    ///
    /// # Panics
    /// When there are no clients, or more than 512.
    pub fn run(&self, client: &Client, ask: impl Fn(usize) -> Ask + Sync) -> Vec<Told> {
        self.run_watched(client, ask, |_| Go::On)
    }

    /// As [`run`](Self::run), showing each answer to `watch` on the client's own thread, which may
    /// kill the server: a client that gets no answer asks no more.
    ///
    /// # Panics
    /// When there are no clients, or more than 512; and when `ask` or `watch` does.
    pub fn run_watched(
        &self,
        client: &Client,
        ask: impl Fn(usize) -> Ask + Sync,
        watch: impl Fn(&Told) -> Go + Sync,
    ) -> Vec<Told> {
        assert!((1..=MOST).contains(&self.clients), "{} clients", self.clients);
        let (next, stop) = (AtomicUsize::new(0), AtomicBool::new(false));
        let barrier = Barrier::new(self.clients);
        let one = |number: usize| {
            let (mut client, mut told) = (client.clone(), Vec::new());
            barrier.wait();
            while !stop.load(Ordering::Relaxed) {
                let turn = next.fetch_add(1, Ordering::Relaxed);
                if turn >= self.asks {
                    break;
                }
                let answer = client.ask(&ask(turn));
                let one = Told { turn, client: number, answer };
                let gone = one.answer.is_none();
                if watch(&one) == Go::Stop {
                    stop.store(true, Ordering::Relaxed);
                }
                told.push(one);
                if gone {
                    break;
                }
            }
            told
        };
        let mut all: Vec<Told> = thread::scope(|scope| {
            let one = &one;
            let threads: Vec<_> =
                (0..self.clients).map(|number| scope.spawn(move || one(number))).collect();
            let told = threads.into_iter().map(thread::ScopedJoinHandle::join);
            told.flat_map(|told| told.expect("neither `ask` nor `watch` panics")).collect()
        });
        all.sort_by_key(|told| told.turn);
        all
    }
}
