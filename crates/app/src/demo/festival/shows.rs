//! A live show and the records that its total is made of: the platform's exports, the tills, what
//! merchants declared; questioned, corrected, rejected and verified by somebody else.

use campaigns::{SubEventId, SubEventKind};
use jiff::{Timestamp, civil::Date};
use kernel::Fen;
use sales::{
    Column, Filter, Mapping, NewBatch, NewSale, Reading, SaleId, ShowId, ShowPlan, ShowState,
    ShownProduct, Slot, Source, Step, correct_sale, hand_in_return, hand_in_sale, judge_sale,
    lay_evidence, map_batch, plan_show, read_batch, show_by_id, turn_show, upload_batch,
    verify_all, visible_batch, visible_sale, write_batch,
};

use super::{
    Festival, Scene, Season, broke, moment,
    orders::{Item, Order, Wish, export, generate},
    shops::Trade,
};
use crate::{
    Failure,
    demo::{dice::Dice, ground::stopped},
};

/// A step with a show.
#[derive(Clone, Copy, Debug)]
pub(super) enum ShowStep {
    Plan,
    OnAir,
    /// What a till and a merchant told of on the n-th evening.
    Sell(usize),
    /// The platform's export of the first two evenings.
    FirstFile,
    End,
    /// That of all three, with what came back since.
    SecondFile,
    /// Two records are questioned, the others verified.
    Judge,
    /// A merchant sets its record right; somebody brings something back.
    Correct,
    /// The rest is decided.
    Decide,
}

/// A sale that was told of by itself.
#[derive(Clone, Copy)]
pub(super) struct Told {
    id: SaleId,
    shop: usize,
    at: Timestamp,
    amount: Fen,
}

/// What stays of a show's orders at least: the newspaper's three days came to over 100,000 yuan.
const NET: Fen = Fen(11_800_000);
const PLATFORM: &str = "直播平台（演示）";
/// The titles of what is sold without being in the catalogue, with prices.
const EXTRAS: [(&str, i64); 4] =
    [("坚果礼盒", 12_800), ("羊绒围巾", 26_900), ("四件套床品", 39_900), ("招牌套餐券", 8_800)];
/// What a till and a merchant tell of on each evening, and what the merchant's note says.
const TILL: Fen = Fen(36_800);
const DECLARED: Fen = Fen(128_000);
const NOTE: &str = "直播间外的团购：一家公司订了十份，收款记录见附图说明。演示数据。";

/// How the platform's columns are to be understood.
fn mapping() -> Mapping {
    let mut mapping = Mapping::default();
    for (column, header) in [
        (Column::Order, "子订单编号"),
        (Column::Merchant, "店铺名称"),
        (Column::Item, "商品名称"),
        (Column::SoldAt, "支付时间"),
        (Column::Amount, "实付金额"),
        (Column::Back, "退款金额"),
        (Column::Status, "订单状态"),
    ] {
        mapping.set(column, header);
    }
    mapping
}

/// What a file is of.
pub(super) struct OfFile {
    pub(super) sub_event: Option<SubEventId>,
    pub(super) show: Option<ShowId>,
    pub(super) platform: &'static str,
    pub(super) name: String,
}

impl Festival {
    pub(super) async fn show(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        step: ShowStep,
    ) -> Result<(), Failure> {
        match step {
            ShowStep::Plan => self.plan_show(scene, season).await,
            ShowStep::OnAir => self.turn(scene, season, ShowState::OnAir).await,
            ShowStep::End => self.turn(scene, season, ShowState::Ended).await,
            ShowStep::Sell(evening) => self.sell(scene, season, evening).await,
            ShowStep::FirstFile | ShowStep::SecondFile => self.hand_in_export(scene, season).await,
            ShowStep::Judge => self.judge(scene, season).await,
            ShowStep::Correct => self.correct(scene, season).await,
            ShowStep::Decide => self.decide(scene, season).await,
        }
    }

    /// The show's three evenings; in autumn the one that is still to come.
    fn evenings(season: Season) -> Vec<Date> {
        let (first, count) = match season {
            Season::Winter => (Date::constant(2021, 2, 5), 3),
            Season::Summer => (Date::constant(2021, 6, 11), 3),
            Season::Autumn => (Date::constant(2021, 10, 20), 1),
        };
        first.series(jiff::Span::new().days(1)).take(count).collect()
    }

    /// Whose goods it sells: in winter all of the mall's, else those of trades that travel.
    fn sellers(&mut self, season: Season) -> Result<Vec<usize>, Failure> {
        let members = self.fair(season)?.members.clone();
        let mall = self.shops.first().map(|one| one.site);
        let sells = |turn: &usize| match season {
            Season::Winter => true,
            Season::Summer => Some(self.shops[*turn].site) == mall,
            Season::Autumn => self.shops[*turn].trade == Trade::Farm,
        };
        Ok(members.into_iter().filter(sells).collect())
    }

    /// What these shops sell: of the catalogue what is theirs, and more.
    fn items(&self, shops: &[usize]) -> Vec<Item> {
        let goods = self.goods.iter().filter(|one| shops.contains(&one.shop));
        let known =
            goods.map(|one| Item { title: one.title.to_owned(), price: one.price, shop: one.shop });
        let extras = shops.iter().zip(EXTRAS.iter().cycle()).map(|(shop, (title, fen))| Item {
            title: (*title).to_owned(),
            price: Fen(*fen),
            shop: *shop,
        });
        known.chain(extras).collect()
    }

    async fn plan_show(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let sellers = self.sellers(season)?;
        let kind = match season {
            Season::Autumn => SubEventKind::FarmContest,
            _ => SubEventKind::GoodsFair,
        };
        let title = match season {
            Season::Winter => "万象汇“红云购”三天直播（演示）",
            Season::Summer => "好物节三天直播（演示）",
            Season::Autumn => "秋收助农直播（演示）",
        };
        let slot = |on: Date| Slot { from_at: moment(on, 19, 0), to_at: moment(on, 22, 0) };
        let catalogue = |title: &str| {
            let known = self.goods.iter().find(|one| one.title == title);
            known.map(|one| one.id)
        };
        let products = self
            .items(&sellers)
            .into_iter()
            .map(|item| ShownProduct { product: catalogue(&item.title), title: item.title });
        let mut products: Vec<ShownProduct> = products.collect();
        products.dedup_by(|one, other| one.title == other.title);
        let plan = ShowPlan {
            sub_event: self.fairs.get(season as usize).and_then(|fair| fair.event(kind)),
            title: title.into(),
            host: "商圈主播（演示）".into(),
            platform: PLATFORM.into(),
            slots: Self::evenings(season).into_iter().map(slot).collect(),
            merchants: sellers.iter().map(|turn| self.shops[*turn].id).collect(),
            products,
        };
        let campaign = self.fair(season)?.id;
        let cx = scene.cx(&self.cast.organiser);
        let show = plan_show(scene.tx, &cx, campaign, plan).await.map_err(broke)?;
        self.fair(season)?.show = Some(show);
        Ok(())
    }

    fn show_of(&mut self, season: Season) -> Result<ShowId, Failure> {
        self.fair(season)?.show.ok_or_else(|| stopped("直播还没有计划"))
    }

    async fn turn(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        to: ShowState,
    ) -> Result<(), Failure> {
        let id = self.show_of(season)?;
        let found = show_by_id(scene.tx, id).await?.ok_or_else(|| stopped("直播不见了"))?;
        let cx = scene.cx(&self.cast.organiser);
        turn_show(scene.tx, &cx, (id, found.version), to).await.map_err(broke)
    }

    /// A till tells of a sale each evening; on the second and the third a merchant declares one,
    /// the second time without anything that proves it.
    async fn sell(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        evening: usize,
    ) -> Result<(), Failure> {
        let (show, campaign) = (self.show_of(season)?, self.fair(season)?.id);
        let sellers = self.sellers(season)?;
        let at = moment(scene.at.on, 20, 40);
        let new = |seller: usize, source, order: &str, amount| NewSale {
            campaign,
            sub_event: None,
            show: Some(show),
            merchant: self.shops[seller].id,
            source,
            platform: String::new(),
            order: order.to_owned(),
            item: "直播间同款，到店自提".into(),
            amount,
            sold_at: at,
        };
        // Tills number their bills by the day.
        let bill = format!("T{}-{}", scene.at.on.strftime("%m%d"), evening + 1);
        let seller = sellers[evening % sellers.len().max(1)];
        let mut news = vec![(seller, new(seller, Source::Till, &bill, TILL))];
        if evening > 0 {
            let seller = sellers[(evening + 1) % sellers.len()];
            news.push((seller, new(seller, Source::Declaration, "", DECLARED)));
        }
        for (seller, new) in news {
            let cx = scene.cx(self.owner(seller));
            let (source, amount) = (new.source, new.amount);
            let id = hand_in_sale(scene.tx, &cx, &self.keys, new).await.map_err(broke)?;
            if source == Source::Declaration && evening == 1 {
                let file = ("收款说明.txt", NOTE.as_bytes());
                lay_evidence(scene.tx, &cx, id, file).await.map_err(broke)?;
            }
            self.fair(season)?.told.push(Told { id, shop: seller, at, amount });
        }
        Ok(())
    }

    /// The show's orders, which are the same whenever they are asked for.
    fn orders(&mut self, season: Season) -> Result<Vec<Order>, Failure> {
        let sellers = self.sellers(season)?;
        let items = self.items(&sellers);
        let days = Self::evenings(season);
        let serial = season as usize * 100_000;
        let wish = Wish {
            items: &items,
            days: &days,
            hours: (19, 22),
            count: self.size.orders,
            net: NET,
            serial,
        };
        // Every export of a show is of the same orders.
        Ok(generate(&mut Dice::new(self.seed ^ (serial as u64 + 1)), &wish))
    }

    async fn hand_in_export(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
    ) -> Result<(), Failure> {
        let orders = self.orders(season)?;
        let bytes = export(&orders, |shop| self.shops[shop].name.clone(), scene.at.instant());
        let name = format!("直播订单_{}.csv", scene.at.on.strftime("%m%d"));
        let show = Some(self.show_of(season)?);
        let of = OfFile { sub_event: None, show, platform: PLATFORM, name };
        self.hand_in_file(scene, season, of, &bytes).await
    }

    /// The organiser uploads a platform's export, says how it is understood, and confirms it.
    pub(super) async fn hand_in_file(
        &mut self,
        scene: &mut Scene<'_, '_>,
        season: Season,
        of: OfFile,
        bytes: &[u8],
    ) -> Result<(), Failure> {
        let campaign = self.fair(season)?.id;
        let cx = scene.cx(&self.cast.organiser);
        let new = NewBatch {
            campaign,
            sub_event: of.sub_event,
            show: of.show,
            merchant: None,
            platform: of.platform.to_owned(),
        };
        let file = (of.name.as_str(), bytes);
        let id = upload_batch(scene.tx, &cx, new, file, mapping()).await.map_err(broke)?;
        let reading = Reading::of(scene.tx, &cx).await?;
        let batch = visible_batch(scene.tx, &cx, &reading, id).await.map_err(broke)?;
        let seen = (id, batch.version);
        map_batch(scene.tx, &cx, seen, mapping()).await.map_err(broke)?;
        let batch = visible_batch(scene.tx, &cx, &reading, id).await.map_err(broke)?;
        let rows = read_batch(scene.tx, &batch).await.map_err(broke)?;
        let seen = (id, batch.version);
        write_batch(scene.tx, &cx, &self.keys, seen, rows).await.map_err(broke)?;
        Ok(())
    }

    /// The other organiser verifies whatever of this may be verified.
    pub(super) async fn verify(
        &mut self,
        scene: &mut Scene<'_, '_>,
        filter: &Filter,
    ) -> Result<(), Failure> {
        let cx = scene.cx(&self.cast.reviewer);
        while verify_all(scene.tx, &cx, filter).await.map_err(broke)?.0 > 0 {}
        Ok(())
    }

    /// The first till's record and the declaration without proof are questioned, all else that
    /// can be is verified.
    async fn judge(&mut self, scene: &mut Scene<'_, '_>, season: Season) -> Result<(), Failure> {
        let told = self.fair(season)?.told.clone();
        let why = ["小票金额和收银流水对不上", "没有订单号，也没有凭证"];
        for (one, why) in told.first().into_iter().chain(told.last()).zip(why) {
            self.step(scene, one.id, Step::Question, why).await?;
        }
        let show = self.show_of(season)?;
        self.verify(scene, &Filter::show(show)).await
    }

    async fn step(
        &mut self,
        scene: &mut Scene<'_, '_>,
        id: SaleId,
        step: Step,
        why: &str,
    ) -> Result<(), Failure> {
        let cx = scene.cx(&self.cast.reviewer);
        let version = self.version_of(scene, id).await?;
        judge_sale(scene.tx, &cx, (id, version), step, why).await.map_err(broke)
    }

    /// The record's version, as the reviewer reads it on its page.
    async fn version_of(&self, scene: &mut Scene<'_, '_>, id: SaleId) -> Result<i64, Failure> {
        let cx = scene.cx(&self.cast.reviewer);
        let reading = Reading::of(scene.tx, &cx).await?;
        Ok(visible_sale(scene.tx, &reading, id).await.map_err(broke)?.version)
    }

    /// The first till's merchant sets its record right; at the second till half comes back.
    async fn correct(&mut self, scene: &mut Scene<'_, '_>, season: Season) -> Result<(), Failure> {
        let told = self.fair(season)?.told.clone();
        let [first, second, ..] = told[..] else { return Err(stopped("没有收银台的销售")) };
        let version = self.version_of(scene, first.id).await?;
        let cx = scene.cx(self.owner(first.shop));
        let right = (Fen(first.amount.0 - 3_000), first.at);
        let why = "小票打了两遍，已按收银流水改";
        correct_sale(scene.tx, &cx, (first.id, version), right, why).await.map_err(broke)?;
        let cx = scene.cx(self.owner(second.shop));
        let back = (Fen(second.amount.0 / 2), moment(scene.at.on, 9, 30));
        let sale = (second.id, Source::Till);
        hand_in_return(scene.tx, &cx, sale, back).await.map_err(broke)?;
        Ok(())
    }

    /// What is clear is verified; what nobody proved is rejected in winter. Of the summer's
    /// records some stay open: one is questioned still, another was declared late.
    async fn decide(&mut self, scene: &mut Scene<'_, '_>, season: Season) -> Result<(), Failure> {
        let show = self.show_of(season)?;
        self.verify(scene, &Filter::show(show)).await?;
        let told = self.fair(season)?.told.clone();
        let [.., proven, _, unproven] = told[..] else { return Err(stopped("没有申报")) };
        if season == Season::Summer {
            self.step(scene, proven.id, Step::Question, "数量和附图说明对不上，请补").await?;
            let sellers = self.sellers(season)?;
            let seller = sellers[sellers.len() - 1];
            let new = NewSale {
                campaign: self.fair(season)?.id,
                sub_event: None,
                show: Some(show),
                merchant: self.shops[seller].id,
                source: Source::Declaration,
                platform: "社群（演示）".into(),
                order: "5520210613000188".into(),
                item: "直播间同款，社群补单".into(),
                amount: Fen(64_000),
                sold_at: moment(Date::constant(2021, 6, 13), 21, 0),
            };
            let cx = scene.cx(self.owner(seller));
            hand_in_sale(scene.tx, &cx, &self.keys, new).await.map_err(broke)?;
        }
        self.step(scene, unproven.id, Step::Reject, "一周没有补凭证，不予认定").await
    }
}
