//! One test body, run once on each engine.

use std::fmt::Debug;

use db::Engine;

use crate::TestDb;

/// What a test may answer: nothing, or a `Result` whose error fails it.
pub trait Passes {
    /// Panics unless the test passed.
    fn require(self);
}
impl Passes for () {
    fn require(self) {}
}
impl<E: Debug> Passes for Result<(), E> {
    fn require(self) {
        if let Err(why) = self {
            panic!("{why:?}");
        }
    }
}

/// Runs a test body on a fresh, migrated database of this engine. [`on_both!`](crate::on_both)
/// calls it.
///
/// # Panics
/// When the body fails, or when there is no server to run it on.
pub fn run<F, Fut>(engine: Engine, body: F)
where
    F: FnOnce(TestDb) -> Fut,
    Fut: Future<Output: Passes>,
{
    // More than one thread, as in the real server: a race that exists can happen here too.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .expect("the machine can start two threads");
    runtime.block_on(async {
        let db = TestDb::open(engine).await;
        body(db.clone()).await.require();
        db.drop_database().await;
    });
}

/// Makes a `sqlite` and a `postgres` test of each named async function, which takes a
/// [`TestDb`](crate::TestDb): `on_both!(first_case, second_case);`.
///
/// The function may also be written inside, which reads well but which rustfmt leaves alone:
/// `on_both! { async fn a_case(db: TestDb) { … } }`.
#[macro_export]
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            #[test]
            fn sqlite() {
                $crate::run($crate::Engine::Sqlite, super::$name);
            }
            #[test]
            fn postgres() {
                $crate::run($crate::Engine::Postgres, super::$name);
            }
        }
    )+};
    ($(
        $(#[$meta:meta])*
        async fn $name:ident($db:ident: $kind:ty) $(-> $answer:ty)? $body:block
    )+) => {
        $(
            $(#[$meta])*
            async fn $name($db: $kind) $(-> $answer)? $body
        )+
        $crate::on_both!($($name),+);
    };
}
