// Words that callers of a health insurance hotline say and that recognisers know badly; which of them hold for a call. Pure.

export interface SpokenWord {
  readonly word: string
  /** Pinyin, a syllable a character, where it is not the dictionary's. */
  readonly reading?: string | undefined
  /** 统筹区 in which it is said; absent: everywhere. */
  readonly area?: string | undefined
  /** 1–100; absent: it is for synthesis only. */
  readonly weight?: number | undefined
}

const weighted = (weight: number, words: string): SpokenWord[] =>
  words.split(' ').map(word => ({ word, weight }))

/** Beside the site's own; the site's weight counts where both have a word. */
export const INDUSTRY_WORDS: readonly SpokenWord[] = [
  ...weighted(
    40,
    '异地就医 异地就医备案 异地安置 转诊转院 参保人员 参保登记 参保缴费 参保凭证 医保电子凭证 定点医院 定点药店 定点医疗机构 起付线 封顶线 报销比例 统筹区 统筹基金 统筹账户 个人账户 家庭共济 门诊慢特病 门诊统筹 门诊特殊疾病 慢特病 生育津贴 生育保险 大病保险 医疗救助 居民医保 职工医保 城乡居民 灵活就业 缴费基数 缴费年限 转移接续 断缴补缴 待遇等待期 跨省结算 直接结算 手工报销 零星报销 医保目录 医保药品 双通道药品 集中采购 长期护理险 工伤保险 养老保险 失业保险 社保卡 医保卡 社会保障卡 处方流转 互联网医院 急诊抢救 住院押金 出院结算 先行支付 欺诈骗保 举报奖励 医保服务站 经办机构 经办大厅 医疗保障局 退休人员 在职职工 新生儿参保 学生医保 困难群众 低保对象 特困人员 审核结算 电子发票 费用清单 出院小结 诊断证明 备案登记 自动备案 取消备案 临时外出就医 急诊备案 异地转诊',
  ),
  ...weighted(
    20,
    '医保 社保 参保 续保 断缴 补缴 报销 备案 门诊 住院 统筹 共济 慢病 特药 医共体 人工服务 转人工',
  ),
]

/** Word → weight, for a call of this area: hotwords of a recogniser. */
export function hotwordsOf(words: readonly SpokenWord[], area?: string): Record<string, number> {
  const hot: Record<string, number> = {}
  for (const isLocal of [false, true])
    for (const { word, weight, area: only } of words) {
      const holds = isLocal ? only !== undefined && only === area : only === undefined
      if (holds && weight !== undefined) hot[word] = weight
    }
  return hot
}
