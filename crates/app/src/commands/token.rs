//! `tongpin token create`: prints a token for scripts, and nothing else.

use people::{CreateTokenRefused, NewToken};

use crate::{
    Failure, cli::CreateTokenArgs, commands::account::no_account, commands::print::say,
    config::Config, site,
};

/// Makes a token with the grants of an account.
///
/// # Errors
/// [`Failure::WrongInput`] when there is no such account or the days are out of bounds.
pub async fn create(config: &Config, args: CreateTokenArgs) -> Result<(), Failure> {
    let cx = site::command_cx("token create");
    let db = site::open(&config.database, &cx).await?;
    let mut tx = db.write().await?;
    let found = people::find_account_by_name(&mut tx, &args.account).await?;
    let account = found.ok_or_else(|| no_account(&args.account))?.id;
    let new = NewToken { account, name: args.name, days: args.days };
    let issued = people::create_token(&mut tx, &cx, new).await.map_err(|why| match why {
        CreateTokenRefused::Fault(fault) => fault.into(),
        refused => Failure::wrong(refused.to_string()),
    })?;
    tx.commit().await?;
    db.close().await;
    say(&issued.text)
}
