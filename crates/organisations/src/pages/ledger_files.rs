//! The ledger as files: what the table shows as a workbook, and the empty template.

use places::Atlas;
use web::{Answer, Ask, Refused};

use super::file::workbook;
use crate::{
    export::{self, NotExported},
    filter::{BadField, Filter},
    list::Sort,
    sight::Sight,
    template,
};

/// `GET /units.xlsx`: every unit of the same query as `/units`, in the same order.
pub(crate) async fn units(ask: Ask) -> Answer {
    let pairs: Vec<(String, String)> =
        form_urlencoded::parse(ask.query.as_bytes()).into_owned().collect();
    let read = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let filter = Filter::from_pairs(read).map_err(|BadField(field)| {
        Refused::unprocessable(
            "bad-filter",
            format!("条件 {field} 看不懂，没有导出。请回到台账重选。"),
        )
    })?;
    let sort = pairs.iter().find(|(name, _)| name == "sort");
    let sort = sort.and_then(|(_, value)| value.parse().ok()).unwrap_or(Sort::Number);
    let mut tx = ask.db().read().await?;
    let sight = Sight::open(&mut tx, &ask.state, &ask.cx, filter.at).await?;
    let book = export::units(&mut tx, &ask.cx, &sight, &filter, sort).await;
    let book = book.map_err(|why| match why {
        NotExported::Fault(fault) => fault.into(),
        NotExported::Write(why @ office::WriteError::Full) => {
            Refused::unprocessable("too-many-rows", format!("{why}。没有导出。"))
        }
        NotExported::Write(why) => Refused::fault(&why),
    })?;
    let on = filter.at.unwrap_or(sight.today);
    Ok(workbook(book, &format!("单位台账_{}", on.strftime("%Y%m%d")), "units"))
}

/// `GET /units/template.xlsx`
pub(crate) async fn blank(ask: Ask) -> Answer {
    let today = ask.cx.today();
    let mut tx = ask.db().read().await?;
    let atlas = Atlas::load(&mut tx, today).await?;
    drop(tx);
    let made = tokio::task::spawn_blocking(move || template::units(&atlas, today)).await;
    let made = made.map_err(|why| Refused::fault(&why))?.map_err(|why| Refused::fault(&why))?;
    Ok(workbook(made, "单位台账模板", "template"))
}
