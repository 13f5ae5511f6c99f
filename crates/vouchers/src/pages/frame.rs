//! What every page of this room begins with.

use std::fmt::Write as _;

use axum::response::{IntoResponse as _, Redirect, Response};
use jiff::Timestamp;
use kernel::{CitizenNo, Id, Kind, hex, time::city_zone};
use web::{Answer, Ask, Page, Refused, Screen};

/// The frame of a page for a phone, without the navigation of the house.
pub(crate) fn phone(ask: &Ask, title: &str, here: &str) -> Page {
    let mut page = ask.page(title, "");
    page.screen = Screen::Phone;
    page.nav.clear();
    // After a form came back, the switches lead to the page, not to where the form was sent.
    page.here = here.to_owned();
    page
}

/// A moment as the city reads it.
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// An id from an address: a word that is none is simply not there.
pub(crate) fn id_of<K: Kind>(text: &str) -> Answer<Id<K>> {
    text.parse().map_err(|_| Refused::NotFound)
}

/// On to another page.
pub(crate) fn see(address: impl std::fmt::Display) -> Response {
    Redirect::to(&address.to_string()).into_response()
}

/// The citizen who asks.
pub(crate) fn citizen(ask: &Ask) -> Answer<CitizenNo> {
    ask.cx.actor.citizen().ok_or(Refused::SignIn(None))
}

/// A word that nobody made before: the key of a form that works without a script.
pub(crate) fn fresh_key(ask: &Ask) -> String {
    hex(&ask.cx.random::<12>())
}

/// Text in an address's query.
pub(crate) fn escaped(text: &str) -> String {
    let mut all = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            all.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(all, "%{byte:02X}");
        }
    }
    all
}
