//! `tongpin init`: founds the city, with its towns and industry bodies.

use kernel::Date;
use places::Founding;

use crate::{Failure, cli::InitArgs, commands::print::say, config::Config, site};

/// Founds what is asked for; what is there already stays as it is.
///
/// # Errors
/// [`Failure::WrongInput`] when a name or date cannot be.
pub async fn init(config: &Config, args: InitArgs) -> Result<(), Failure> {
    let cx = site::command_cx("init");
    let db = site::open(&config.database, &cx).await?;
    let founding = founding(args)?;
    let mut tx = db.write().await?;
    let founded = places::found_city(&mut tx, &cx, &founding)
        .await
        .map_err(|why| Failure::wrong(format!("没有建成，什么也没有写入：{why}")))?;
    tx.commit().await?;
    db.close().await;
    say(&format!(
        "{}：{} 个区镇，{} 个行业党委和专委会",
        founding.name,
        founded.towns.len(),
        founding.bodies.len()
    ))
}

/// Kunshan's, or a city with the named towns.
fn founding(args: InitArgs) -> Result<Founding, Failure> {
    let mut founding = Founding::kunshan();
    if let Some(since) = args.since {
        founding.since = since
            .parse::<Date>()
            .map_err(|_| Failure::wrong(format!("日期“{since}”不对，请写成 2000-01-01")))?;
    }
    match (args.name, args.towns) {
        (None, towns) if towns.is_empty() => {}
        (Some(name), towns) if !towns.is_empty() => {
            founding = Founding { name, towns, bodies: Vec::new(), ..founding };
        }
        _ => return Err(Failure::wrong("城市名（--name）和区镇（--town，可以写几次）要一起给")),
    }
    Ok(founding)
}
