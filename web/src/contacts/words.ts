export const contactWords = {
  contactSearch: ['搜索联系人', 'Search contacts'],
  contactNone: ['没有可以发消息的联系人', 'There is nobody this device can write to'],
  contactChatroom: ['群聊', 'Group'],
  contactNoMatch: ['没有匹配的联系人', 'No contact matches'],
} as const
