//! Instants as the city's clocks show them, and back.

use jiff::{Timestamp, civil::DateTime};
use kernel::{Date, time::city_zone};
use web::{FieldErrors, Form};

/// `2021-06-01 10:00`
pub(crate) fn moment(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M").to_string()
}

/// `10:00`
pub(crate) fn hour(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%H:%M").to_string()
}

/// As an input of type `datetime-local` wants it.
pub(crate) fn typed(at: Timestamp) -> String {
    at.to_zoned(city_zone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// From and to, the day of the second only when it is another.
pub(crate) fn stretch(from: Timestamp, to: Timestamp) -> String {
    let (start, end) = (moment(from), moment(to));
    if from == to {
        start
    } else if start[..10] == end[..10] {
        format!("{start}–{}", &end[11..])
    } else {
        format!("{start} – {end}")
    }
}

/// 周一 to 周日.
pub(crate) fn weekday(on: Date) -> &'static str {
    const NAMES: [&str; 7] = ["周一", "周二", "周三", "周四", "周五", "周六", "周日"];
    let place = on.weekday().to_monday_zero_offset();
    NAMES[usize::try_from(place).unwrap_or(0) % 7]
}

/// A moment that must be filled in, on the city's clocks.
pub(crate) fn moment_field(form: &Form, name: &'static str, errors: &mut FieldErrors) -> Timestamp {
    let typed = form.required(name, errors).replace(' ', "T");
    let civil = typed.parse::<DateTime>().ok();
    let at = civil.and_then(|civil| civil.to_zoned(city_zone()).ok());
    if at.is_none() {
        errors.add(name, "时间要写成 2021-06-01 10:00 这样");
    }
    // Never used: the error above keeps the verb from being called.
    at.map_or(Timestamp::UNIX_EPOCH, |at| at.timestamp())
}
