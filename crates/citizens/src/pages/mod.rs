//! Pages and the API: each view struct stands beside its template.

pub(crate) mod api;
pub(crate) mod login;
pub(crate) mod me;

use jiff::Timestamp;
use kernel::time::city_zone;
use web::{Ask, Page, Screen};

use crate::{DEVICE_DAYS, PHONE_DAYS, TOKEN_DAYS};

/// The frame of a citizen's page: a phone's, without the navigation of the house.
fn frame(ask: &Ask, title: &str, here: &str) -> Page {
    let mut page = ask.page(title, "");
    page.screen = Screen::Phone;
    page.nav.clear();
    // After a form came back, the switches lead to the page, not to where the form was sent.
    page.here = here.to_owned();
    page
}

/// A moment as the city reads it.
fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// Which edition of the consent.
fn edition(version: i64) -> String {
    format!("第 {version} 版")
}

/// How long what is kept; the words that name a length.
struct Kept {
    phone: String,
    token: String,
    device: String,
}

impl Kept {
    fn now() -> Self {
        let years = PHONE_DAYS / 365;
        Self {
            phone: format!("加密存放，到你撤回为止；{years} 年没有登录就自动删除"),
            token: format!("{TOKEN_DAYS} 天"),
            device: format!(
                "{DEVICE_DAYS} 天，只用来发现有人拿很多号抢券、收银员收自己的券，由人来看，不自动拒绝；\
                 撤回以后也到期才删"
            ),
        }
    }
}
