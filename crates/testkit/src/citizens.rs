//! Citizens of the site under test, who sign in through the real pages.

use crate::{
    SYSTEM,
    app::{Browser, TestApp},
};

impl TestApp {
    /// A browser in which the citizen with this phone has signed in, by the code that was sent to
    /// it. The secret of its forms is taken from the citizen's own page.
    ///
    /// # Panics
    /// When the sign-in is refused: one phone may be sent one code a minute.
    pub async fn citizen_browser(&self, phone: &str) -> Browser {
        let browser = self.visitor();
        browser.get("/c/login").await;
        let asked = browser.post("/c/codes", &[("phone", phone), ("consent", "1")]).await;
        assert_eq!(asked.status, 303, "{phone} is sent a code: {}", asked.body);
        browser.get(asked.location()).await;
        let code = self.newest_code(phone).await;
        let entered = browser.post("/c/login", &[("code", &code)]).await;
        assert_eq!(entered.status, 303, "{phone} may sign in: {}", entered.body);
        browser.get("/c/me").await;
        browser
    }

    /// Has the outbox send what waits in it, and answers the newest code to this phone.
    ///
    /// # Panics
    /// When none was sent.
    pub async fn newest_code(&self, phone: &str) -> String {
        self.send_codes().await;
        let sent = std::fs::read_to_string(self.phones.path().join("demo-sms"));
        let sent = sent.expect("some code was sent");
        let to = |line: &&str| line.split('\t').nth(1) == Some(phone);
        let line = sent.lines().rev().find(to);
        let line = line.unwrap_or_else(|| panic!("no code was sent to {phone}"));
        line.rsplit('\t').next().expect("three cells").to_owned()
    }

    /// Runs the waiting jobs that send codes, as the worker would; answers what each came to.
    ///
    /// # Panics
    /// When the database does not answer.
    pub async fn send_codes(&self) -> Vec<Result<(), String>> {
        let mut tx = self.db.read().await.expect("the database reads");
        let waiting = db::job::list(&mut tx, "waiting", 100).await.expect("a list");
        drop(tx);
        let mut outcomes = Vec::new();
        for job in waiting.iter().rev().filter(|job| job.kind == citizens::SEND) {
            let asked = serde_json::from_str(&job.payload).expect("JSON");
            let cx = self.state.cx(SYSTEM);
            outcomes.push(citizens::send_code(self.state.clone(), cx, asked).await);
        }
        outcomes
    }
}
