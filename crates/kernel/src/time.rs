//! Civil time where the city is, and the one date that means "still so".

use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// The exclusive end of a span that has not ended.
pub const OPEN: Date = Date::constant(9999, 12, 31);

/// The zone of the city's clocks: Asia/Shanghai, which has kept +08:00 without summer time
/// since 1992, so that a fixed offset is exact for every date the product stores.
pub fn city_zone() -> TimeZone {
    TimeZone::fixed(jiff::tz::offset(8))
}

/// The city's calendar date at this instant.
pub fn civil_date(at: Timestamp) -> Date {
    at.to_zoned(city_zone()).date()
}

/// The first instant of a city date.
pub fn start_of(on: Date) -> Timestamp {
    // A fixed offset has no gaps, and dates near the ends of jiff's range are never stored.
    on.to_zoned(city_zone()).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}
