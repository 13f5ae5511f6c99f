//! The sixteen columns of the ledger in Excel: their names, the other names under which they
//! come, and what a template says of them. Import, export and template share this one list.

use kernel::{Code as _, code_enum};
use office::Header;

code_enum! {
    /// A column of the ledger in Excel.
    pub enum Column {
        Name = "name" "单位名称",
        Uscc = "uscc" "统一社会信用代码",
        Kind = "kind" "单位类型",
        Industry = "industry" "行业",
        Town = "town" "区镇",
        Front = "front" "阵地类型",
        Place = "place" "所在阵地",
        Address = "address" "地址",
        Status = "status" "经营状态",
        Headcount = "headcount" "职工人数",
        Members = "members" "正式党员数",
        Cover = "cover" "组建方式",
        Organisation = "organisation" "党组织名称",
        Work = "work" "工作覆盖方式",
        Worker = "worker" "责任人",
        Note = "note" "备注",
    }
}

/// The version that a template carries, hidden; a file says which one it was made from.
pub const TEMPLATE_VERSION: &str = "1";

/// The other names of each column, in the order of [`Column`].
const ALIASES: [&[&str]; 16] = [
    &[
        "名称",
        "单位",
        "单位全称",
        "企业名称",
        "企业",
        "公司名称",
        "组织名称",
        "机构名称",
        "两新组织名称",
        "两新组织",
        "企业全称",
        "市场主体名称",
    ],
    &[
        "信用代码",
        "社会信用代码",
        "统一信用代码",
        "统一代码",
        "统一社会信用码",
        "统一社会信用代码证号",
        "代码",
        "USCC",
    ],
    &["类型", "单位类别", "单位性质", "企业类型", "组织类型", "性质", "主体类型", "类别"],
    &["所属行业", "行业类别", "行业分类", "行业门类", "行业类型"],
    &[
        "所属区镇",
        "所在区镇",
        "区镇名称",
        "区域",
        "乡镇",
        "镇街",
        "镇",
        "街道",
        "属地",
        "所属镇",
        "所属板块",
        "板块",
        "乡镇街道",
        "镇区",
    ],
    &["阵地", "阵地类别", "阵地种类", "所属阵地类型"],
    &[
        "阵地名称",
        "所属阵地",
        "所在地点",
        "地点",
        "所在楼宇",
        "所在园区",
        "所在商圈",
        "楼宇",
        "园区",
        "商圈",
        "楼宇园区",
        "所在楼宇园区",
    ],
    &["单位地址", "详细地址", "经营地址", "住所", "办公地址"],
    &["状态", "经营情况", "企业状态", "单位状态", "登记状态", "营业状态", "存续状态"],
    &[
        "职工数",
        "职工总数",
        "从业人数",
        "从业人员数",
        "从业人员",
        "员工人数",
        "员工数",
        "职工",
        "人数",
        "在职人数",
    ],
    &["党员数", "党员人数", "正式党员", "正式党员人数", "党员"],
    &[
        "组建形式",
        "组建情况",
        "党组织组建方式",
        "党组织组建形式",
        "覆盖方式",
        "组织覆盖方式",
        "单独/联合组建",
        "单独联合组建",
        "联合/单独组建",
        "组织覆盖",
        "是否组建",
    ],
    &["党组织", "所属党组织", "覆盖党组织", "党支部名称", "党支部", "党组织全称", "所在党组织"],
    &["工作覆盖", "工作覆盖形式", "党建工作覆盖方式", "党的工作覆盖"],
    &["责任党务工作者", "党务工作者", "包联人", "责任人姓名", "挂钩联系人"],
    &["说明", "备注说明", "其他说明"],
];

impl Column {
    /// Its place among the sixteen.
    pub const fn place(self) -> usize {
        self as usize
    }

    /// Other names under which clerks' ledgers have it. Hints in brackets, stars and white space
    /// are already ignored.
    pub const fn aliases(self) -> &'static [&'static str] {
        ALIASES[self as usize]
    }

    /// Without these columns a sheet is no unit ledger; the others may be left out.
    pub const fn is_required(self) -> bool {
        matches!(
            self,
            Self::Name
                | Self::Uscc
                | Self::Kind
                | Self::Industry
                | Self::Town
                | Self::Headcount
                | Self::Members
                | Self::Cover
        )
    }

    /// Width in characters of Latin text.
    pub const fn width(self) -> f64 {
        match self {
            Self::Name | Self::Organisation => 34.0,
            Self::Uscc => 22.0,
            Self::Address | Self::Place => 30.0,
            Self::Industry => 26.0,
            Self::Note => 24.0,
            Self::Town | Self::Kind | Self::Work => 16.0,
            _ => 12.0,
        }
    }

    /// Whether it holds whole numbers.
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Headcount | Self::Members)
    }

    /// What an empty cell does to a unit that the register knows: clears the field, or leaves it.
    /// What a unit cannot be without is never cleared.
    pub const fn is_cleared_by_blank(self) -> bool {
        matches!(
            self,
            Self::Front
                | Self::Place
                | Self::Address
                | Self::Organisation
                | Self::Work
                | Self::Worker
                | Self::Note
        )
    }

    /// Help beside the header.
    pub const fn note(self) -> &'static str {
        match self {
            Self::Name => "照营业执照或登记证书填全称。",
            Self::Uscc => "18 位，照营业执照填。这一列已设为文本，不要改成数字，否则末几位会丢。",
            Self::Kind => "从下拉里选。老单位留空表示不改。",
            Self::Industry => "从下拉里选（国民经济行业门类）；写“餐饮”“软件”等常用说法也认得。",
            Self::Town => "从下拉里选。填了所在阵地时可以空着。",
            Self::Front => "从下拉里选。填了所在阵地时可以空着，系统按阵地算。",
            Self::Place => "从下拉里选，写到楼层用“/”，如 万象汇/一层。留空表示不在任何阵地里。",
            Self::Address => "留空表示没有地址。",
            Self::Status => {
                "从下拉里选；新单位空着按“在营”。不在营的单位移出分母，原因记为本次台账导入。"
            }
            Self::Headcount => "整数。老单位留空表示不改。",
            Self::Members => "整数，只记人数不记姓名；不能多于职工人数。老单位留空表示不改。",
            Self::Cover => "单独组建、联合组建或未组建。",
            Self::Organisation => "组建了的要写党组织全称；系统里没有的会新建。",
            Self::Work => {
                "可以写几种，用“、”隔开：党建指导员、联络员、工会、团组织。留空表示没有。"
            }
            Self::Worker => "党务工作者姓名。同名时写成 姓名（工作站）。留空表示没有。",
            Self::Note => "留空表示没有备注。",
        }
    }
}

/// The headers to look for, in the order of [`Column::ALL`](kernel::Code::ALL).
pub fn headers() -> Vec<Header<'static>> {
    let header = |column: &Column| Header {
        name: column.label(),
        aliases: column.aliases(),
        required: column.is_required(),
    };
    Column::ALL.iter().map(header).collect()
}

/// How to fill the sheet in, above its header.
pub const EXPLANATION: &str = "带 * 的列必须有。列的先后随意，也可以删掉不带 * 的列：没有的列一律不改。\n\
     空格：地址、备注、阵地、党组织、工作覆盖、责任人空着就记为没有；其他列空着，老单位不改，新单位必填。\n\
     标题里的“截至”日期就是这张表的事实成立的日期，请改成真的日期；导入时先核对给你看，确认才写入。";

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn no_name_means_two_columns() {
        let mut seen: HashMap<String, Column> = HashMap::new();
        for column in Column::ALL {
            for name in [column.label()].iter().chain(column.aliases()) {
                let before = seen.insert(office::fold_header(name), *column);
                assert!(before.is_none(), "{name}: {before:?} and {column:?}");
            }
        }
    }

    #[test]
    fn columns_stand_in_their_places() {
        for (place, column) in Column::ALL.iter().enumerate() {
            assert_eq!(column.place(), place);
        }
    }
}
