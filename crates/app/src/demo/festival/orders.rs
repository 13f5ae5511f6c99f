//! Orders as a platform exports them: generated, each with a number that no other has.

use std::fmt::Write as _;

use jiff::{SignedDuration, Timestamp, civil::Date};
use kernel::{Fen, time::city_zone};

use super::moment;
use crate::demo::dice::Dice;

/// Something that is sold, and whose: the shop's turn.
#[derive(Clone)]
pub(super) struct Item {
    pub(super) title: String,
    pub(super) price: Fen,
    pub(super) shop: usize,
}

/// One order.
pub(super) struct Order {
    no: String,
    item: Item,
    amount: Fen,
    pub(super) at: Timestamp,
    /// What came back of it, and since when the platform says so.
    back: Option<(Fen, Timestamp)>,
    is_paid: bool,
}

/// What to generate.
pub(super) struct Wish<'a> {
    pub(super) items: &'a [Item],
    pub(super) days: &'a [Date],
    /// From this hour to the other.
    pub(super) hours: (i64, i64),
    pub(super) count: usize,
    /// What stays of them after returns, at least.
    pub(super) net: Fen,
    /// The first of the numbers.
    pub(super) serial: usize,
}

/// In a hundred, the orders that came back, in part or whole, and those that were not paid.
const BACK: f64 = 0.05;
const UNPAID: f64 = 0.03;

/// Generates orders in the order of their times.
pub(super) fn generate(dice: &mut Dice, wish: &Wish<'_>) -> Vec<Order> {
    let mut orders = Vec::with_capacity(wish.count);
    if wish.items.is_empty() || wish.days.is_empty() {
        return orders;
    }
    let each = wish.net.0 / i64::try_from(wish.count.max(1)).unwrap_or(1);
    for turn in 0..wish.count {
        let item = dice.pick(wish.items).clone();
        // Around what brings the sum together: some buy one, some a whole box.
        let usual = (each / item.price.0).max(1);
        let count = dice.between((usual * 3 / 4).max(1), usual * 5 / 4);
        let amount = Fen(item.price.0 * count);
        let on = wish.days[turn * wish.days.len() / wish.count];
        let (from, to) = wish.hours;
        let second = dice.between(0, (to - from) * 3_600 - 1);
        let at = moment(on, from, 0) + SignedDuration::from_secs(second);
        let is_paid = !dice.chance(UNPAID);
        let back = (is_paid && dice.chance(BACK)).then(|| {
            let part = if dice.chance(0.5) { amount.0 } else { amount.0 / 2 };
            (Fen(part), at + SignedDuration::from_hours(dice.between(20, 60)))
        });
        let no = String::new();
        orders.push(Order { no, item, amount, at, back, is_paid });
    }
    while orders.iter().map(Order::net).sum::<i64>() < wish.net.0
        && let Some(order) =
            orders.iter_mut().filter(|one| one.is_whole()).min_by_key(|one| one.amount)
    {
        order.amount.0 += order.item.price.0;
    }
    orders.sort_by_key(|one| one.at);
    for (turn, order) in orders.iter_mut().enumerate() {
        let day = order.at.to_zoned(city_zone()).strftime("%Y%m%d").to_string();
        order.no = format!("{day}8830{:06}", wish.serial + turn);
    }
    orders
}

impl Order {
    /// Whether it was paid and nothing of it came back.
    const fn is_whole(&self) -> bool {
        self.is_paid && self.back.is_none()
    }

    /// In 分, what stays of it.
    fn net(&self) -> i64 {
        let back = self.back.map_or(0, |(back, _)| back.0);
        if self.is_paid { self.amount.0 - back } else { 0 }
    }
}

/// The platform's export of the orders before a moment, as it was at that moment.
pub(super) fn export(
    orders: &[Order],
    shop_name: impl Fn(usize) -> String,
    as_of: Timestamp,
) -> Vec<u8> {
    let mut text =
        String::from("子订单编号,店铺名称,商品名称,支付时间,实付金额,退款金额,订单状态\n");
    for order in orders.iter().filter(|one| one.at < as_of) {
        let at = order.at.to_zoned(city_zone()).strftime("%Y-%m-%d %H:%M:%S").to_string();
        let back = order.back.filter(|(_, since)| *since < as_of).map(|(back, _)| back);
        let back = back.map_or_else(String::new, plain);
        let status = if order.is_paid { "已完成" } else { "交易关闭" };
        let shop = shop_name(order.item.shop);
        // Writing to a String cannot fail.
        let _ = writeln!(
            text,
            "{},{shop},{},{at},{},{back},{status}",
            order.no,
            order.item.title,
            plain(order.amount)
        );
    }
    text.into_bytes()
}

/// An amount without the commas that would part the file's columns.
fn plain(amount: Fen) -> String {
    format!("{}.{:02}", amount.0 / 100, amount.0 % 100)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn enough_stays_and_no_number_stands_twice() {
        let items = [
            Item { title: "甲".into(), price: Fen(2_980), shop: 0 },
            Item { title: "乙".into(), price: Fen(26_800), shop: 1 },
        ];
        let days = [Date::constant(2021, 2, 5), Date::constant(2021, 2, 6)];
        for (seed, count) in [(1, 60), (2, 600)] {
            let net = Fen(11_500_000);
            let wish = Wish { items: &items, days: &days, hours: (19, 22), count, net, serial: 9 };
            let orders = generate(&mut Dice::new(seed), &wish);
            assert_eq!(orders.len(), count);
            assert!(orders.iter().map(Order::net).sum::<i64>() >= net.0);
            assert_eq!(orders.iter().map(|one| &one.no).collect::<HashSet<_>>().len(), count);
            let text = export(&orders, |shop| format!("店{shop}"), moment(days[1], 24, 0));
            assert_eq!(String::from_utf8_lossy(&text).lines().count(), count + 1);
        }
    }
}
