// Why people call a medical-insurance line (来电原因): two levels, in the words the trade uses.
import type { ContactReason } from '../store/repository.ts'

const TREE: readonly (readonly [
  id: string,
  name: string,
  children: readonly (readonly [id: string, name: string])[],
])[] = [
  [
    'enrolment',
    '参保缴费',
    [
      ['enrolment-resident', '城乡居民参保登记'],
      ['enrolment-employee', '职工参保登记'],
      ['enrolment-flexible', '灵活就业人员参保'],
      ['payment-standard', '缴费标准与期限'],
      ['payment-back', '补缴与断缴'],
      ['transfer', '医保关系转移接续'],
    ],
  ],
  [
    'treatment',
    '待遇报销',
    [
      ['outpatient', '普通门诊统筹'],
      ['chronic', '门诊慢特病'],
      ['inpatient', '住院报销比例'],
      ['serious', '大病保险'],
      ['aid', '医疗救助'],
      ['maternity', '生育医疗费与津贴'],
    ],
  ],
  [
    'remote',
    '异地就医',
    [
      ['remote-filing', '异地就医备案'],
      ['remote-direct', '异地直接结算'],
      ['remote-manual', '异地费用手工报销'],
    ],
  ],
  [
    'account',
    '个人账户与凭证',
    [
      ['account-balance', '个人账户余额查询'],
      ['account-family', '家庭共济'],
      ['credential', '医保电子凭证'],
    ],
  ],
  [
    'medicine',
    '药品与耗材',
    [
      ['medicine-catalogue', '药品目录查询'],
      ['medicine-double', '双通道药品'],
      ['medicine-purchase', '集中带量采购'],
    ],
  ],
  [
    'institution',
    '定点机构',
    [
      ['institution-lookup', '定点医院与药店查询'],
      ['institution-service', '定点机构服务投诉'],
    ],
  ],
  [
    'report',
    '举报投诉建议',
    [
      ['report-fraud', '欺诈骗保举报'],
      ['report-staff', '经办服务投诉'],
      ['report-advice', '意见建议'],
    ],
  ],
  ['other', '其他', []],
]

export const CONTACT_REASONS: readonly ContactReason[] = TREE.flatMap(
  ([id, name, children], place) => [
    { id, parent: null, name, sort: (place + 1) * 100 },
    ...children.map(([childId, childName], childPlace) => ({
      id: childId,
      parent: id,
      name: childName,
      sort: (place + 1) * 100 + childPlace + 1,
    })),
  ],
)
