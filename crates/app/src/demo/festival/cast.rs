//! Who acts in the festival: organisers, funders, merchants' own people; and what those who are
//! printed sign in with.

use campaigns::{FunderId, NewFunder, create_funder};
use db::Tx;
use kernel::{
    Actor, Code as _, Cx, Grant, Keys, Role, Scope,
    actor::{AccountId, ScopeKind},
};
use people::{NewAccount, NewPassword, Rules, create_account};

use super::broke;
use crate::{
    Failure,
    demo::{
        Login,
        accounts::{Actors, password},
        dice::Dice,
        ground::stopped,
        naming::person,
    },
};

/// A body that pays, with an account that decides for it.
pub(super) struct Purse {
    pub(super) id: FunderId,
    pub(super) actor: Actor,
}

/// Who acts.
pub(super) struct Cast {
    pub(super) administrator: Actor,
    pub(super) clerk: Actor,
    /// Drafts and runs the campaigns.
    pub(super) organiser: Actor,
    /// Judges what the other handed in.
    pub(super) reviewer: Actor,
    /// In the order in which campaigns name them.
    pub(super) funders: Vec<Purse>,
}

/// Who pays: the body's name, and the account that decides for it.
const FUNDERS: [(&str, &str); 3] = [
    ("市级促消费资金（演示）", "funder"),
    ("同城银行（演示）", "funder-bank"),
    ("万象汇商管（演示）", "funder-mall"),
];

/// The merchant's account that is printed, and that of its cashier.
pub(super) const MERCHANT: &str = "merchant";
pub(super) const CASHIER: &str = "cashier";

/// A password that is printed, and how it is kept.
pub(super) struct Door {
    text: String,
    kept: NewPassword,
}

/// Passwords, hashed before any transaction begins: of who is printed, and one that nobody knows,
/// for everybody else.
pub(in crate::demo) struct Doors {
    funders: Vec<Door>,
    merchant: Door,
    cashier: Door,
    nobody: NewPassword,
}

impl Doors {
    /// Makes them of the system's randomness, not of the city's seed.
    pub(in crate::demo) async fn make(rules: &Rules, secrets: &Cx) -> Result<Self, Failure> {
        let mut funders = Vec::new();
        for (_, name) in FUNDERS {
            funders.push(door(rules, secrets, name).await?);
        }
        Ok(Self {
            funders,
            merchant: door(rules, secrets, MERCHANT).await?,
            cashier: door(rules, secrets, CASHIER).await?,
            nobody: door(rules, secrets, "nobody").await?.kept,
        })
    }

    /// How to sign in with one of the accounts that are printed.
    fn printed(&self, name: &str) -> Option<&Door> {
        match name {
            MERCHANT => Some(&self.merchant),
            CASHIER => Some(&self.cashier),
            _ => {
                let turn = FUNDERS.iter().position(|(_, account)| *account == name)?;
                self.funders.get(turn)
            }
        }
    }
}

async fn door(rules: &Rules, secrets: &Cx, name: &str) -> Result<Door, Failure> {
    let text = password(secrets);
    let kept = rules.new_password(secrets, name, &text).await.map_err(stopped)?;
    Ok(Door { text, kept })
}

impl Cast {
    /// Registers the funders, each with an account; the others are there already.
    pub(super) async fn call(
        tx: &mut Tx,
        cx: &Cx,
        keys: &Keys,
        actors: &Actors,
        doors: &Doors,
        dice: &mut Dice,
        logins: &mut Vec<Login>,
    ) -> Result<Self, Failure> {
        let mut funders = Vec::new();
        for (turn, (name, account)) in FUNDERS.iter().enumerate() {
            let new = NewFunder {
                name: (*name).to_owned(),
                account: format!("6222 0000 0000 {:04}", 100 + turn),
            };
            let id = create_funder(tx, cx, keys, new).await.map_err(broke)?;
            let grant =
                Grant { role: Role::Funder, scope: Scope::on(ScopeKind::Funder, id.uuid()) };
            let who = ((*account).to_owned(), grant, *name);
            let actor = account_of(tx, cx, doors, dice, who, logins).await?;
            funders.push(Purse { id, actor });
        }
        Ok(Self {
            administrator: actors.administrator.clone(),
            clerk: actors.clerk.clone(),
            organiser: actors.organiser.clone(),
            reviewer: actors.reviewer.clone(),
            funders,
        })
    }
}

/// Makes an account with one grant and answers who acts by it; what is printed is noted.
pub(super) async fn account_of(
    tx: &mut Tx,
    cx: &Cx,
    doors: &Doors,
    dice: &mut Dice,
    (name, grant, place): (String, Grant, &str),
    logins: &mut Vec<Login>,
) -> Result<Actor, Failure> {
    let printed = doors.printed(&name);
    let new = NewAccount {
        name: name.clone(),
        display_name: person(dice),
        password: printed.map_or(&doors.nobody, |door| &door.kept).clone(),
        grants: vec![grant],
    };
    let id: AccountId = create_account(tx, cx, new).await.map_err(stopped)?;
    if let Some(door) = printed {
        let role = format!("{}（{place}）", grant.role.label());
        logins.push(Login { name, password: door.text.clone(), role });
    }
    people::actor_of(tx, id).await?.ok_or_else(|| stopped("刚建的账号不见了"))
}
